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

/** The paths of a mapping's values, in the order of the file, each section before what is in it. */
function pathsIn(value: unknown, path: readonly string[] = []): string[] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path.join('.'), ...inner.flatMap(([key, each]) => pathsIn(each, [...path, key]))];
}

/** Paths in the order in which the file has them; one that it lacks comes where the section is in which it would be. */
function inOrderOfFile(text: string, paths: readonly string[]): string[] {
  const places = new Map(pathsIn(load(text)).map((path, index) => [path, index]));
  const placeOf = (path: string): number => places.get(path) ?? placeOf(path.split('.').slice(0, -1).join('.'));
  return [...paths].sort((one, other) => placeOf(one) - placeOf(other));
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
const plain = fc.constantFrom<unknown>(
  null, true, false, 0, 1, 2, -1, 1.5, 1e9, NaN, '', 'a', 'A', '0', '1', '8', '100m', '2Gi', '1Ki', '1e3', 'embedded', 'external', 'minio', 's3', 'none',
  'cloudflare-access', 'local', 'production', 'NodePort', 30500, 'unlimited', 'mlflow.example.com', 'http://minio:9000', 'constructor', '__proto__',
  'a.b.cloudflareaccess.com', '0'.repeat(64), [], {}, ['a'], { provider: 'external' }, { provider: 's3' }, { type: 'NodePort' }, { mode: 'none' },
  '10.20.0.0/16', '0.0.0.0/0', '::/0', '::ffff:0:0/96', '010.0.0.1', '1.2.3', '5432', 2 ** 40, { namespace: 'a' }, { cidrs: ['10.20.0.0/16'] }, [{ namespace: 'a', port: 1 }], { maxReplicas: 3 }, { maxUnavailable: 1 },
);
const value = fc.oneof({ weight: 3, arbitrary: plain }, fc.jsonValue({ maxDepth: 2 }));

/** Where in a mapping: a choice at each level. */
const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });

const word = fc.constantFrom('host', 'autoscaling', 'disruptionBudget', 'dns', 'cidrs', 'namespace', 'port', 'secret', 'endpoint', 'provider', 'replicas', 'workers', 'password', '__proto__', 'constructor', 'toString');
const key = fc.oneof(word, fc.string({ maxLength: 8 }));

const kind = fc.constantFrom('replace', 'remove', 'add');
const change = fc.record({ place, value, key, kind });

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
    else Object.defineProperty(parent, kind === 'add' ? added : chosen, { value: structuredClone(replacement), enumerable: true, configurable: true, writable: true });
  }
  return dump(content, { skipInvalid: true });
}

test('1,600 files with wrong, missing and unknown values end cleanly', () => {
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
    endsCleanly(changed(text, changes));
  }), { numRuns: 1600 });
});

test('the problems of 400 files are told once each, in the order of the file', () => {
  const ofWords = fc.record({ place, value: plain, key: word, kind });
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(ofWords, { minLength: 2, maxLength: 5 }), (original, changes) => {
    const text = changed(original, changes);
    const result = parseEnvironment(text);
    if (!Array.isArray(result)) return;
    const lines = result.map(({ path, message }) => `${path}: ${message}`);
    expect(lines.filter((line, index) => lines.indexOf(line) !== index)).toEqual([]);
    const paths = result.map(({ path }) => path).filter((path) => !path.includes('…')); // which stands for a key that may be a secret
    expect(paths).toEqual(inOrderOfFile(text, paths));
  }), { numRuns: 400 });
});

test('400 files of broken text end cleanly', () => {
  const cut = fc.record({ at: fc.nat(1200), length: fc.nat(20), text: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('\n', ': ', '- ', '{', '[', '&a ', '*a', '!!', '"', '\t', '\0')) });
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(cut, { minLength: 1, maxLength: 3 }), (text, cuts) => {
    endsCleanly(cuts.reduce((rest, { at, length, text: inserted }) => rest.slice(0, at) + inserted + rest.slice(at + length), text));
  }), { numRuns: 400 });
});
