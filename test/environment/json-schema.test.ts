import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { load } from 'js-yaml';
import { environmentJsonSchema } from '../../lib/environment/json-schema';

const FOLDER = join(__dirname, '../../environments');
const validate = new Ajv2020({ allowUnionTypes: true }).compile(environmentJsonSchema());

test('environments/schema.json is what `npm run schema` writes', () => {
  expect(readFileSync(join(FOLDER, 'schema.json'), 'utf8')).toBe(`${JSON.stringify(environmentJsonSchema(), null, 2)}\n`);
});

test.each(readdirSync(FOLDER).filter((file) => file.endsWith('.yaml')))('an editor accepts %s, and is told of the schema', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  expect(text).toMatch(/^# yaml-language-server: \$schema=schema\.json\n/);
  validate(load(text));
  expect(validate.errors).toBeNull();
});

test.each([
  ['an unknown key', { traking: {} }],
  ['an unknown provider', { database: { provider: 'mysql' } }],
  ['a missing value', { database: { provider: 'external' } }],
  ['a wrong type', { tracking: { replicas: 'two' } }],
  ['a wrong name', { namespace: { name: 'A' } }],
])('an editor marks %s', (_what, content) => {
  expect(validate(content)).toBe(false);
});
