import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dump, load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { InvalidEnvironments } from '../environment/problem';

/** Secret name to key to value. */
export type SecretValues = Record<string, Record<string, string>>;

/** 32 bytes that nobody can guess, in letters that need no quoting anywhere. */
function random(): string {
  return randomBytes(32).toString('base64url');
}

/** 32 bytes as URL-safe base64 with its padding, as Fernet wants its keys (https://github.com/fernet/spec). */
function key(): string {
  return randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

const COOKIE_SECRET = 'cookie-secret';

function generate(cookieSecrets: readonly string[]): SecretValues {
  return {
    'mlflow-administrator': { username: 'admin', password: random() },
    ...Object.fromEntries(cookieSecrets.map((name) => [name, { [COOKIE_SECRET]: key() }])),
    'mlflow-database': { username: 'mlflow', password: random() },
    'mlflow-database-administrator': { username: 'postgres', password: random() },
    'mlflow-object-store': { 'access-key-id': 'mlflow', 'secret-access-key': random() },
    'mlflow-object-store-administrator': { 'access-key-id': 'administrator', 'secret-access-key': random() },
    'mlflow-server-keys': { 'flask-secret-key': random(), 'kek-passphrase': random(), 'webhook-key': key() },
  };
}

/** What people may have made of the file: Secret name to key to value. */
const secretsFile = z.record(z.string(), z.record(z.string(), z.string('must be text: put it in quotes')));

/**
 * The secrets of a local environment: made at the first synthesis, kept in `<folder>/<environment>.yaml`, which only its owner can
 * read, and used again from then on. Edit the file to choose a value; delete it for new ones.
 *
 * @param cookieSecrets names of Secrets with a key that sessions are encrypted with
 * @throws InvalidEnvironments when the file was edited and is no longer right
 */
export function generatedSecrets(folder: string, environment: string, cookieSecrets: readonly string[] = []): SecretValues {
  const file = join(folder, `${environment}.yaml`);
  const kept = existsSync(file) ? read(file) : {};
  const fresh = generate(cookieSecrets);
  const secrets = { ...kept, ...Object.fromEntries(Object.entries(fresh).map(([name, values]) => [name, { ...values, ...kept[name] }])) };
  const wrong = cookieSecrets.filter((name) => !isCookieSecret(secrets[name]![COOKIE_SECRET]!));
  if (wrong.length) {
    throw new InvalidEnvironments(wrong.map((name) => `${file}: ${name}.${COOKIE_SECRET}: must be 16, 24 or 32 bytes, as they are or as URL-safe base64: `
      + 'write what `openssl rand -base64 32 | tr +/ -_` prints, or remove the line for a new one'));
  }
  if (JSON.stringify(secrets) !== JSON.stringify(kept)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `# Secrets of the environment ${environment}. Never commit this file.\n${dump(secrets)}`);
  }
  chmodSync(file, 0o600);
  return secrets;
}

/** Whether it has one of the lengths that AES takes, read as oauth2-proxy reads it: as base64, and where that gives another length, as it is. */
function isCookieSecret(text: string): boolean {
  const characters = /^([A-Za-z0-9_-]*)=*$/.exec(text)?.[1]?.length ?? 0;
  const decoded = characters % 4 === 1 ? 0 : Math.floor(characters * 3 / 4); // such a length no bytes have
  return [decoded, Buffer.byteLength(text)].some((length) => [16, 24, 32].includes(length));
}

function read(file: string): SecretValues {
  const text = readFileSync(file, 'utf8');
  try {
    return text.trim() ? secretsFile.parse(load(text)) : {};
  } catch (error) {
    // Never with the text itself: it holds passwords.
    if (error instanceof YAMLException) {
      const line = error.mark ? `line ${error.mark.line + 1}: ` : '';
      throw new InvalidEnvironments([`${file}: ${line}is not YAML: ${error.reason}: mend it, or delete the file for new secrets`]);
    }
    if (error instanceof z.ZodError) {
      throw new InvalidEnvironments(error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`));
    }
    throw error;
  }
}
