import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { stagedPath, StagedFiles } from '../../lib/kit/files/staged-files';
import { generatedSecrets } from '../../lib/environment/generated-secrets';
import type { SecretValues } from '../../lib/kit/secrets/secret-use';
import { environment, inTemporaryFolder } from '../testing';

const OIDC = '{profile: local, ingress: {hosts: [a.b]}, access: {mode: oidc, issuer: "https://login.example.com", clientId: mlflow}}';

/** Makes and keeps the Secrets of an environment, as a synthesis does. */
function generate(folder: string, { name = 'local', text = 'profile: local' } = {}): SecretValues {
  const { values, keep } = generatedSecrets(folder, environment(text, name));
  const staged = new StagedFiles();
  staged.folder(folder, 0o700);
  keep(staged);
  staged.commit();
  return values;
}

function kept(folder: string): unknown {
  return load(readFileSync(join(folder, 'local.yaml'), 'utf8'));
}

const inFolder = (text?: string) => inTemporaryFolder((folder) => generate(folder, { text }));

test('makes every Secret of embedded parts', () => {
  expect(Object.fromEntries(Object.entries(inFolder()).map(([name, values]) => [name, Object.keys(values)]))).toEqual({
    'mlflow-database-generated': ['username', 'password'],
    'mlflow-database-administrator-generated': ['username', 'password'],
    'mlflow-object-store-generated': ['access-key-id', 'secret-access-key'],
    'mlflow-object-store-administrator-generated': ['access-key-id', 'secret-access-key'],
    'mlflow-server-keys-generated': ['flask-secret-key', 'kek-passphrase', 'webhook-key'],
  });
});

test('makes the administrator of users, and a secret for cookies of 32 bytes, where they are used', () => {
  expect(inFolder('{profile: local, access: {mode: basic}}')).toMatchObject({ 'mlflow-administrator-generated': { username: 'admin' } });
  const { 'mlflow-oidc-cookies-generated': cookies } = inFolder(OIDC);
  expect(cookies!['cookie-secret']).toMatch(/^[A-Za-z0-9_-]{43}=$/);
  expect(Buffer.from(cookies!['cookie-secret']!, 'base64url')).toHaveLength(32);
});

test('keeps them in a file that only its owner can read from its first byte on, under names without the ending', () => {
  inTemporaryFolder((parent) => {
    const folder = join(parent, 'new');
    const staged = new StagedFiles();
    staged.folder(folder, 0o700);
    const { values, keep } = generatedSecrets(folder, environment('profile: local', 'local'));
    keep(staged);
    expect(statSync(stagedPath(join(folder, 'local.yaml'))).mode & 0o777).toBe(0o600);
    staged.commit();
    const made = Object.entries(values).map(([name, pairs]) => [name.replace(/-generated$/, ''), pairs]);
    expect(kept(folder)).toEqual({ ...Object.fromEntries(made), environment: { namespace: 'mlflow' } });
    expect(readFileSync(join(folder, 'local.yaml'), 'utf8')).toMatch(/^# .*Never commit this file/);
    expect(statSync(join(folder, 'local.yaml')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['local.yaml']);
  });
});

test('uses them again, and leaves the file alone then', () => {
  inTemporaryFolder((folder) => {
    const first = generate(folder);
    const { mtimeMs, ino } = statSync(join(folder, 'local.yaml'));
    expect(generate(folder)).toEqual(first);
    expect(statSync(join(folder, 'local.yaml'))).toMatchObject({ mtimeMs, ino });
  });
});

test('completes a file that lacks a key or a Secret, and keeps what somebody chose', () => {
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'local.yaml'), dump({ 'mlflow-database': { password: 'chosen' } }));
    const secrets = generate(folder);
    expect(secrets['mlflow-database-generated']).toEqual({ username: 'mlflow', password: 'chosen' });
    expect(secrets['mlflow-server-keys-generated']).toHaveProperty('webhook-key');
    expect(kept(folder)).toMatchObject({ 'mlflow-database': { username: 'mlflow', password: 'chosen' }, 'mlflow-server-keys': secrets['mlflow-server-keys-generated'] });
  });
});

test('keeps what an environment does not use at the moment', () => {
  inTemporaryFolder((folder) => {
    const { 'mlflow-administrator-generated': administrator } = generate(folder, { text: '{profile: local, access: {mode: basic}}' });
    generate(folder);
    expect(generate(folder, { text: '{profile: local, access: {mode: basic}}' })['mlflow-administrator-generated']).toEqual(administrator);
  });
});

test('environments do not share them', () => {
  inTemporaryFolder((folder) => {
    const passwords = ['one', 'two'].map((name) => generate(folder, { name })['mlflow-database-generated']!.password);
    expect(new Set(passwords).size).toBe(2);
    expect(existsSync(join(folder, 'one.yaml')) && existsSync(join(folder, 'two.yaml'))).toBe(true);
  });
});

test('nobody can guess them, and no two are the same', () => {
  const values = Object.values(inFolder()).flatMap((pairs) => Object.entries(pairs)).filter(([key]) => !['username', 'access-key-id'].includes(key));
  expect(values.filter(([, value]) => value.length < 43)).toEqual([]);
  expect(new Set(values.map(([, value]) => value)).size).toBe(values.length);
});

test('the webhook key is a Fernet key: 32 bytes in URL-safe base64 with padding', () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    const key = inFolder()['mlflow-server-keys-generated']!['webhook-key']!;
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  }
});

test('a file by a link is written where the link leads', () => {
  inTemporaryFolder((parent) => {
    const folder = join(parent, '.secrets');
    mkdirSync(folder);
    writeFileSync(join(parent, 'safe.yaml'), '');
    symlinkSync(join(parent, 'safe.yaml'), join(folder, 'local.yaml'));
    generate(folder);
    expect(readlinkSync(join(folder, 'local.yaml'))).toBe(join(parent, 'safe.yaml'));
    expect(readFileSync(join(parent, 'safe.yaml'), 'utf8')).toContain('mlflow-database');
  });
});

test('what a killed run left is not used, and goes', () => {
  inTemporaryFolder((folder) => {
    const first = generate(folder);
    writeFileSync(stagedPath(join(folder, 'local.yaml')), 'mlflow-database: {password: half');
    expect(generate(folder)).toEqual(first);
    expect(readdirSync(folder)).toEqual(['local.yaml']);
  });
});

/** What a synthesis makes of a file of that text: the values, and the file's mode; or the message. */
function edited(text: string, of?: string) {
  return inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'local.yaml'), text, { mode: 0o644 });
    try {
      return { secrets: generate(folder, { text: of }), kept: kept(folder), mode: statSync(join(folder, 'local.yaml')).mode & 0o777 };
    } catch (error) {
      return { error: (error as Error).message.replace(folder, '') };
    }
  });
}

describe('a file that somebody edited', () => {
  test.each([
    ['an open quote', 'mlflow-database: {password: "hunter2'],
    ['a tag', 'mlflow-database: {password: !hunter2}'],
    ['a tag of YAML\'s own', 'mlflow-database: {password: !!hunter2}'],
    ['an alias', 'mlflow-database: {password: *hunter2}'],
    ['a tag with a handle', 'mlflow-database: {password: !hunter2!x y}'],
  ])('is refused without a word of what it holds when it is not YAML: %s', (_what, text) => {
    expect(edited(text).error).toMatch(/^\/local.yaml: line 1, column \d+: is not YAML: .*mend it, or delete the file/);
    expect(edited(text).error).not.toContain('hunter2');
  });

  test('is refused when a value is no text', () => {
    expect(edited('mlflow-database: {password: 12345}').error).toBe('/local.yaml: mlflow-database.password: must be text: put it in quotes');
  });

  test.each([
    ['mlflow-database', 'password', '', 'is empty: write a value'],
    ['mlflow-object-store', 'secret-access-key', 'hunter2', 'must have 8 characters or more: write a longer one'],
    ['mlflow-object-store-administrator', 'access-key-id', 'ab', 'must have 3 characters or more: write a longer one'],
    ['mlflow-server-keys', 'kek-passphrase', 'hunter2', 'must have 32 characters or more: write a longer one'],
    ['mlflow-server-keys', 'webhook-key', 'hunter2', 'must be a Fernet key, 32 bytes as URL-safe base64: write what `openssl rand -base64 32 | tr +/ -_` prints'],
    ['mlflow-administrator', 'password', 'hunter2', 'must have 12 characters or more: write a longer one'],
  ])('is refused when a server would refuse a value: %s.%s %j', (name, key, value, message) => {
    expect(edited(dump({ [name]: { [key]: value } }), '{profile: local, access: {mode: basic}}').error)
      .toBe(`/local.yaml: ${name}.${key}: ${message}, or remove the line for a new one`);
  });

  test('may be empty, is closed to others, and keeps what it holds next to them', () => {
    expect(Object.keys(edited('').secrets!)).toHaveLength(5);
    expect(edited('').mode).toBe(0o600);
    expect(edited('mine: {key: value, constructor: value}').kept).toHaveProperty('mine', { key: 'value', constructor: 'value' });
    expect(edited('mlflow-database: {constructor: value}').secrets!['mlflow-database-generated']).toHaveProperty('constructor', 'value');
  });

  test('may end a value with a line end, as editors do: it is none of it', () => {
    expect(edited('mlflow-database:\n  password: |\n    a password\n  username: "me\\r\\n"\n').secrets!['mlflow-database-generated'])
      .toEqual({ username: 'me', password: 'a password' });
  });

  test('is told to be no file where it is a folder, and a link to nothing', () => {
    const message = (make: (file: string) => void) => inTemporaryFolder((folder) => {
      make(join(folder, 'local.yaml'));
      try {
        generate(folder);
      } catch (error) {
        return (error as Error).message.replace(folder, '');
      }
      return undefined;
    });
    expect(message((file) => { mkdirSync(file); })).toBe('/local.yaml: a folder is where a file must be (EISDIR): move the folder away, and run this again');
    expect(message((file) => { symlinkSync('nowhere', file); }))
      .toBe('/local.yaml: it is not there, or is a link that leads to nothing (ENOENT): make it, or remove the link, and run this again');
  });
});

describe('a chosen secret of cookies', () => {
  const chosen = (value: string) => {
    const { secrets, error } = edited(dump({ 'mlflow-oidc-cookies': { 'cookie-secret': value } }), OIDC);
    return secrets?.['mlflow-oidc-cookies-generated']!['cookie-secret'] ?? error;
  };

  test.each(['a'.repeat(16), 'a b'.repeat(8), 'a'.repeat(22), 'a'.repeat(32), 'a'.repeat(43), `${'a'.repeat(43)}=`])('may be %s', (value) => {
    expect(chosen(value)).toBe(value);
  });

  test.each(['hunter2', 'a'.repeat(33), 'a b'.repeat(5), '/'.repeat(44), ''])('may not be %j, and nobody is told which it was', (value) => {
    expect(chosen(value)).toMatch(/^\/local.yaml: mlflow-oidc-cookies.cookie-secret: must be 16, 24 or 32 bytes.*: write what `openssl rand -base64 32 \| tr \+\/ -_` prints/);
    if (value) expect(chosen(value)).not.toContain(value);
  });
});
