import { PlatformSecrets, type PlatformSecretsProps } from '../../../lib/kit/secrets/platform-secrets';
import { find, objectsOf, testChart } from '../../testing';

const uses = [
  { path: 'database.secret', name: 'the-database', purpose: 'a role', keys: ['username', 'password'] },
  { path: 'tracking.keysSecret', name: 'the-keys', purpose: 'keys', keys: ['key'] },
];
const all: Required<PlatformSecretsProps> = { uses, values: { 'the-database': { username: 'mlflow', password: 'p@ss ü' } }, revision: 1 };

function secrets(props: PlatformSecretsProps): PlatformSecrets {
  return new PlatformSecrets(testChart(), 'Test', props);
}

test('with the least props: a Secret that exists is named, and nothing rendered', () => {
  const made = secrets({ uses, revision: 3 });
  expect(made.at('database.secret')).toEqual({ name: 'the-database', revision: '3' });
  expect(objectsOf(made)).toEqual([]);
});

test('with all props: a Secret is rendered where its values are known, as base64', () => {
  const made = secrets(all);
  made.at('database.secret');
  made.at('tracking.keysSecret');
  const { type, data } = find(objectsOf(made), 'Secret');
  expect(type).toBe('Opaque');
  expect(data).toEqual({ username: 'bWxmbG93', password: Buffer.from('p@ss ü').toString('base64') });
});

test('a Secret is rendered once, however often it is mentioned', () => {
  const made = secrets(all);
  expect(made.at('database.secret')).toEqual(made.at('database.secret'));
  expect(objectsOf(made)).toHaveLength(1);
});

test('a Secret that nothing mentions is not rendered', () => {
  expect(objectsOf(secrets(all))).toEqual([]);
});

test('a Secret may have any name', () => {
  const named = uses.map((use) => ({ ...use, name: 'constructor' }));
  expect(secrets({ ...all, uses: named }).at('database.secret')).toEqual({ name: 'constructor', revision: '1' });
});

test('what no Secret is used for is a mistake of the program', () => {
  expect(() => secrets(all).at('database.password')).toThrow('no Secret is used for database.password');
});

test('the revision changes with a value that is known, and otherwise when people raise it', () => {
  const revision = (props: PlatformSecretsProps) => secrets(props).at('database.secret').revision;
  expect(revision({ ...all, values: { 'the-database': { username: 'mlflow', password: 'other' } } })).not.toBe(revision(all));
  expect(revision({ ...all, revision: 2 })).toBe(revision(all));
  expect(revision({ uses, revision: 2 })).not.toBe(revision({ uses, revision: 1 }));
});

test('the revision does not tell the value', () => {
  expect(secrets(all).at('database.secret').revision).toMatch(/^[0-9a-f]{8}$/);
});
