import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../../../lib/manifests/render';
import { environment } from '../../testing';

const text = readFileSync(join(__dirname, '../../../docs/access.md'), 'utf8');
const examples = text.split(/^### /m).slice(1).flatMap((section) => {
  const [, title, yaml] = /^(.*)\n[^]*?```yaml\n([^]*?)```/.exec(section) ?? [];
  return title && yaml ? [{ title, yaml }] : [];
});

test('there is an example of every mode, and of both ways in', () => {
  const all = examples.map(({ yaml }) => yaml).join('');
  for (const part of ['mode: cloudflare-access', 'mode: oidc', 'mode: basic', 'gateway:', 'ingress:', 'internal:']) expect(all).toContain(part);
});

test.each(examples)('$title: the example is right in production', ({ yaml }) => {
  const EXISTING = 'database: {provider: external, host: db}\nartifactStore: {provider: s3}\n';
  expect(render(environment(EXISTING + yaml)).map(({ object }) => object.kind)).toEqual(expect.arrayContaining(['Deployment', 'NetworkPolicy']));
});
