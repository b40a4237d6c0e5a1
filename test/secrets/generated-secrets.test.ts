import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { generatedSecrets } from '../../lib/secrets/generated-secrets';
import { inTemporaryFolder } from '../testing';

test('makes every Secret that a local environment needs', () => {
  const secrets = inTemporaryFolder((folder) => generatedSecrets(folder, 'local'));
  expect(Object.fromEntries(Object.entries(secrets).map(([name, values]) => [name, Object.keys(values)]))).toEqual({
    'mlflow-administrator': ['username', 'password'],
    'mlflow-database': ['username', 'password'],
    'mlflow-database-administrator': ['username', 'password'],
    'mlflow-object-store': ['access-key-id', 'secret-access-key'],
    'mlflow-object-store-administrator': ['access-key-id', 'secret-access-key'],
    'mlflow-server-keys': ['flask-secret-key', 'kek-passphrase', 'webhook-key'],
  });
});

test('makes Secrets for cookies where they are named, of 32 bytes', () => {
  const secrets = inTemporaryFolder((folder) => generatedSecrets(folder, 'local', ['cookies', 'others']));
  for (const name of ['cookies', 'others']) {
    expect(secrets[name]!['cookie-secret']).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    expect(Buffer.from(secrets[name]!['cookie-secret']!, 'base64url')).toHaveLength(32);
  }
  expect(secrets.cookies).not.toEqual(secrets.others);
});

test('keeps them in a file that only its owner can read', () => {
  inTemporaryFolder((folder) => {
    const secrets = generatedSecrets(join(folder, 'new'), 'local');
    const file = join(folder, 'new', 'local.yaml');
    expect(load(readFileSync(file, 'utf8'))).toEqual(secrets);
    expect(readFileSync(file, 'utf8')).toMatch(/^# .*Never commit this file/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  });
});

test('uses them again, and leaves the file alone then', () => {
  inTemporaryFolder((folder) => {
    const first = generatedSecrets(folder, 'local');
    const file = join(folder, 'local.yaml');
    const { mtimeMs } = statSync(file);
    expect(generatedSecrets(folder, 'local')).toEqual(first);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });
});

test('completes a file that lacks a key or a Secret, and keeps what somebody chose', () => {
  inTemporaryFolder((folder) => {
    const file = join(folder, 'local.yaml');
    writeFileSync(file, dump({ 'mlflow-database': { password: 'chosen' } }));
    const secrets = generatedSecrets(folder, 'local');
    expect(secrets['mlflow-database']).toEqual({ username: 'mlflow', password: 'chosen' });
    expect(secrets['mlflow-server-keys']).toHaveProperty('webhook-key');
    expect(load(readFileSync(file, 'utf8'))).toEqual(secrets);
  });
});

test('environments do not share them', () => {
  inTemporaryFolder((folder) => {
    const passwords = ['one', 'two'].map((name) => generatedSecrets(folder, name)['mlflow-database']!.password);
    expect(new Set(passwords).size).toBe(2);
    expect(existsSync(join(folder, 'one.yaml')) && existsSync(join(folder, 'two.yaml'))).toBe(true);
  });
});

test('nobody can guess them, and no two are the same', () => {
  const secrets = inTemporaryFolder((folder) => generatedSecrets(folder, 'local'));
  const values = Object.values(secrets).flatMap((pairs) => Object.entries(pairs)).filter(([key]) => !['username', 'access-key-id'].includes(key));
  expect(values.filter(([, value]) => value.length < 43)).toEqual([]);
  expect(new Set(values.map(([, value]) => value)).size).toBe(values.length);
});

test('the webhook key is a Fernet key: 32 bytes in URL-safe base64 with padding', () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    const key = inTemporaryFolder((folder) => generatedSecrets(folder, 'local'))['mlflow-server-keys']!['webhook-key']!;
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  }
});

describe('a file that somebody edited', () => {
  const edited = (text: string) => inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'local.yaml'), text, { mode: 0o644 });
    try {
      return { secrets: generatedSecrets(folder, 'local'), mode: statSync(join(folder, 'local.yaml')).mode & 0o777 };
    } catch (error) {
      return { error: (error as Error).message.replace(folder, '') };
    }
  });

  test('is refused without a word of what it holds when it is not YAML', () => {
    expect(edited('mlflow-database: {password: "hunter2').error).toMatch(/^\/local.yaml: line 1: is not YAML: .*mend it, or delete the file/);
    expect(edited('mlflow-database: {password: "hunter2').error).not.toContain('hunter2');
  });

  test('is refused when a value is no text', () => {
    expect(edited('mlflow-database: {password: 12345}').error).toBe('/local.yaml: mlflow-database.password: must be text: put it in quotes');
  });

  test('may be empty, is closed to others, and keeps what it holds beside', () => {
    expect(Object.keys(edited('').secrets!)).toHaveLength(6);
    expect(edited('').mode).toBe(0o600);
    expect(edited('mine: {key: value}').secrets).toHaveProperty('mine', { key: 'value' });
  });
});

describe('a chosen secret of cookies', () => {
  const chosen = (value: string) => inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'local.yaml'), dump({ cookies: { 'cookie-secret': value } }));
    try {
      return generatedSecrets(folder, 'local', ['cookies']).cookies!['cookie-secret'];
    } catch (error) {
      return (error as Error).message.replace(folder, '');
    }
  });

  test.each(['a'.repeat(16), 'a b'.repeat(8), 'a'.repeat(22), 'a'.repeat(32), 'a'.repeat(43), `${'a'.repeat(43)}=`])('may be %s', (value) => {
    expect(chosen(value)).toBe(value);
  });

  test.each(['hunter2', 'a'.repeat(33), 'a b'.repeat(5), '/'.repeat(44), `${'a'.repeat(43)}=\n`, ''])('may not be %j, and nobody is told which it was', (value) => {
    expect(chosen(value)).toMatch(/^\/local.yaml: cookies.cookie-secret: must be 16, 24 or 32 bytes.*: write what `openssl rand -base64 32 \| tr \+\/ -_` prints/);
    if (value) expect(chosen(value)).not.toContain(value);
  });
});
