import type { EnvironmentSpec } from '../environment';
import { profiles } from '../profiles';
import { generatedUnlessNamed, randomText, shorterThan, type SecretUse } from '../../kit/secrets/secret-use';

/** Characters that MLflow asks for in a password. */
export const SHORTEST_PASSWORD = 12;

/** The Secret of the administrator of MLflow's users, where it has users. In a database of others the administrator may exist. */
export function secrets({ profile, access, database }: EnvironmentSpec): SecretUse[] {
  return access?.mode !== 'basic' ? [] : [generatedUnlessNamed(profiles[profile].makesSecrets && database.provider === 'embedded', access.administratorSecret, {
    path: 'access.administratorSecret',
    purpose: 'the administrator of MLflow\'s users',
    name: 'mlflow-administrator',
    values: { username: 'admin', password: randomText },
    problems: { password: shorterThan(SHORTEST_PASSWORD) },
  })];
}
