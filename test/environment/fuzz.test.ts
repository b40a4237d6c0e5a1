import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { dump, load } from 'js-yaml';
import { parseEnvironment } from '../../lib/environment/load';
import { render } from '../../lib/manifests/render';
import { secretValues } from '../testing';

const texts = ['local', 'production'].map((name) => readFileSync(join(__dirname, '../../environments', `${name}.yaml`), 'utf8'));

/** Throws at values that the API server refuses wherever they are. */
function refused(key: string, value: unknown): unknown {
  if (key === 'cidr' && !ipaddr.isValidCIDR(value as string)) throw new Error(`${String(value)} is no network`);
  if (typeof value === 'number' && !(Number.isInteger(value) && Math.abs(value) < 2 ** 31)) throw new Error(`${key}: ${value} is no int32`);
  return value;
}

/** A file ends in a clean render or in clean lines, never in a stack trace. */
function endsCleanly(text: string): void {
  const result = parseEnvironment(text);
  if (Array.isArray(result)) {
    expect(result.length).toBeGreaterThan(0);
    for (const { path, message } of result) expect(`${path}: ${message}`).toMatch(/^[^\n]{5,1000}$/);
  } else {
    const manifests = render({ name: 'fuzz', ...result }, secretValues);
    expect(manifests.length).toBeGreaterThan(5);
    JSON.stringify(manifests.map(({ object }) => object), refused);
  }
}

/** Values that are right somewhere, and values that are right nowhere. */
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(
    null, true, false, 0, 1, 2, -1, 1.5, 1e9, NaN, '', 'a', 'A', '0', '1', '8', '100m', '2Gi', '1Ki', '1e3', 'embedded', 'external', 'minio', 's3', 'none',
    'cloudflare-access', 'local', 'production', 'NodePort', 30500, 'unlimited', 'mlflow.example.com', 'http://minio:9000', 'constructor', '__proto__',
    'a.b.cloudflareaccess.com', '0'.repeat(64), [], {}, ['a'], { provider: 'external' }, { provider: 's3' }, { type: 'NodePort' }, { mode: 'none' },
    '10.20.0.0/16', '0.0.0.0/0', '::/0', '::ffff:0:0/96', '010.0.0.1', '1.2.3', '5432', 2 ** 40, { namespace: 'a' }, { cidrs: ['10.20.0.0/16'] }, [{ namespace: 'a', port: 1 }], { maxReplicas: 3 }, { maxUnavailable: 1 },
  ) },
  fc.jsonValue({ maxDepth: 2 }),
);

/** Where in a mapping: a choice at each level. */
const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });

const key = fc.oneof(fc.constantFrom('host', 'autoscaling', 'disruptionBudget', 'dns', 'cidrs', 'namespace', 'port', 'secret', 'endpoint', 'provider', 'replicas', 'workers', 'password', '__proto__', 'constructor', 'toString'), fc.string({ maxLength: 8 }));

const change = fc.record({ place, value, key, kind: fc.constantFrom('replace', 'remove', 'add') });

type Mapping = Record<string, unknown>;

function changed(text: string, changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[]): string {
  const content = load(text) as Mapping;
  for (const { place: [...steps], value: replacement, key: added, kind } of changes) {
    let parent = content;
    for (; steps.length > 1; steps.shift()) {
      const children = Object.values(parent).filter((child): child is Mapping => typeof child === 'object' && child !== null);
      if (!children.length) break;
      parent = children[steps[0]! % children.length]!;
    }
    const keys = Object.keys(parent);
    const chosen = keys.length ? keys[steps[0]! % keys.length]! : added;
    if (kind === 'remove') Reflect.deleteProperty(parent, chosen);
    else Object.defineProperty(parent, kind === 'add' ? added : chosen, { value: replacement, enumerable: true, configurable: true, writable: true });
  }
  return dump(content, { skipInvalid: true });
}

test('1,600 files with wrong, missing and unknown values end cleanly', () => {
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
    endsCleanly(changed(text, changes));
  }), { numRuns: 1600 });
});

test('400 files of broken text end cleanly', () => {
  const cut = fc.record({ at: fc.nat(1200), length: fc.nat(20), text: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('\n', ': ', '- ', '{', '[', '&a ', '*a', '!!', '"', '\t', '\0')) });
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(cut, { minLength: 1, maxLength: 3 }), (text, cuts) => {
    endsCleanly(cuts.reduce((rest, { at, length, text: inserted }) => rest.slice(0, at) + inserted + rest.slice(at + length), text));
  }), { numRuns: 400 });
});
