import { PlatformSecrets, type PlatformSecretsProps } from '../../lib/secrets/platform-secrets';
import { find, objectsOf, testChart } from '../testing';

const all: Required<PlatformSecretsProps> = { values: { 'mlflow-database': { username: 'mlflow', password: 'p@ss ü' } }, revision: 1 };

function secrets(props: PlatformSecretsProps): PlatformSecrets {
  return new PlatformSecrets(testChart(), 'Test', props);
}

test('with the least props: a Secret that exists is named, and nothing rendered', () => {
  const made = secrets({ revision: 3 });
  expect(made.named('mlflow-database')).toEqual({ name: 'mlflow-database', revision: '3' });
  expect(objectsOf(made)).toEqual([]);
});

test('with all props: a Secret is rendered where its values are known, as base64', () => {
  const made = secrets(all);
  made.named('mlflow-database');
  const { type, data } = find(objectsOf(made), 'Secret', 'mlflow-database');
  expect(type).toBe('Opaque');
  expect(data).toEqual({ username: 'bWxmbG93', password: Buffer.from('p@ss ü').toString('base64') });
});

test('a Secret is rendered once, however often it is mentioned', () => {
  const made = secrets(all);
  expect(made.named('mlflow-database')).toEqual(made.named('mlflow-database'));
  expect(objectsOf(made)).toHaveLength(1);
});

test('a Secret that nothing mentions is not rendered', () => {
  expect(objectsOf(secrets(all))).toEqual([]);
});

test('the revision changes with a value that is known, and otherwise when people raise it', () => {
  const revision = (props: PlatformSecretsProps) => secrets(props).named('mlflow-database').revision;
  expect(revision({ ...all, values: { 'mlflow-database': { username: 'mlflow', password: 'other' } } })).not.toBe(revision(all));
  expect(revision({ ...all, revision: 2 })).toBe(revision(all));
  expect(revision({ revision: 2 })).not.toBe(revision({ revision: 1 }));
});

test('the revision does not tell the value', () => {
  expect(secrets(all).named('mlflow-database').revision).toMatch(/^[0-9a-f]{8}$/);
});
