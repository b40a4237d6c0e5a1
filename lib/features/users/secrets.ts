import type { EnvironmentSpec } from '../environment';
import { profiles } from '../profiles';
import { generatedUnlessNamed, randomText, shorterThan, type SecretUse } from '../../kit/secrets/secret-use';
import { usersSettings } from './derived';

/** Characters that MLflow asks for in a password. */
export const SHORTEST_PASSWORD = 12;

/** The Secret of the administrator of MLflow's users, where it has users. In a database of others the administrator may exist. */
export function secrets(environment: EnvironmentSpec): SecretUse[] {
  const settings = usersSettings(environment);
  const makes = profiles[environment.profile].makesSecrets && environment.database.provider === 'embedded';
  return settings === undefined ? [] : [generatedUnlessNamed(makes, settings.administratorSecret, {
    path: 'access.administratorSecret',
    purpose: 'the administrator of MLflow\'s users',
    name: 'mlflow-administrator',
    values: { username: 'admin', password: randomText },
    problems: { password: shorterThan(SHORTEST_PASSWORD) },
  })];
}
