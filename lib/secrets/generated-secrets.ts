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

/** A Fernet key: base64 of 32 bytes, with its padding (https://github.com/fernet/spec). */
function fernetKey(): string {
  return randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function generate(): SecretValues {
  return {
    'mlflow-administrator': { username: 'admin', password: random() },
    'mlflow-database': { username: 'mlflow', password: random() },
    'mlflow-database-administrator': { username: 'postgres', password: random() },
    'mlflow-object-store': { 'access-key-id': 'mlflow', 'secret-access-key': random() },
    'mlflow-object-store-administrator': { 'access-key-id': 'administrator', 'secret-access-key': random() },
    'mlflow-server-keys': { 'flask-secret-key': random(), 'kek-passphrase': random(), 'webhook-key': fernetKey() },
  };
}

/** What people may have made of the file: Secret name to key to value. */
const secretsFile = z.record(z.string(), z.record(z.string(), z.string('must be text: put it in quotes')));

/**
 * The secrets of a local environment: made at the first synthesis, kept in `<folder>/<environment>.yaml`, which only its owner can
 * read, and used again from then on. Edit the file to choose a value; delete it for new ones.
 *
 * @throws InvalidEnvironments when the file was edited and is no longer right
 */
export function generatedSecrets(folder: string, environment: string): SecretValues {
  const file = join(folder, `${environment}.yaml`);
  const kept = existsSync(file) ? read(file) : {};
  const secrets = { ...kept, ...Object.fromEntries(Object.entries(generate()).map(([name, fresh]) => [name, { ...fresh, ...kept[name] }])) };
  if (JSON.stringify(secrets) !== JSON.stringify(kept)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `# Secrets of the environment ${environment}. Never commit this file.\n${dump(secrets)}`);
  }
  chmodSync(file, 0o600);
  return secrets;
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
