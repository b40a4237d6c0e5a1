import type { EnvironmentSpec } from '../environment';
import { profiles } from '../profiles';
import { authorities, generatedUnlessNamed, randomKey, randomText, shorterThan, type SecretUse } from '../../kit/secrets/secret-use';

/** The Secret of the keys that all pods of the server sign and encrypt with, and that of authorities. */
export function secrets({ profile, tracking }: EnvironmentSpec): SecretUse[] {
  return [...authorities('tracking.caSecret', tracking.caSecret), generatedUnlessNamed(profiles[profile].makesSecrets, tracking.keysSecret, {
    path: 'tracking.keysSecret',
    purpose: 'the tracking server\'s keys',
    name: 'mlflow-server-keys',
    values: { 'flask-secret-key': randomText, 'kek-passphrase': randomText, 'webhook-key': randomKey },
    problems: { 'kek-passphrase': shorterThan(32), 'webhook-key': problemOfFernetKey },
  })];
}

function problemOfFernetKey(text: string): string | undefined {
  return /^[A-Za-z0-9_-]{43}=$/.test(text) ? undefined
    : 'must be a Fernet key, 32 bytes as URL-safe base64: write what `openssl rand -base64 32 | tr +/ -_` prints';
}
