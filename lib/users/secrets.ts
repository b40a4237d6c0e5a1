import type { EnvironmentSpec } from '../environment/environment';
import { generatedUnlessNamed, randomText, shorterThan, type SecretUse } from '../secrets/secret-use';

/** The Secret of the administrator of MLflow's users, where it has users. */
export function secrets({ profile, access }: EnvironmentSpec): SecretUse[] {
  return access?.mode !== 'basic' ? [] : [generatedUnlessNamed(profile, access.administratorSecret, {
    path: 'access.administratorSecret',
    purpose: 'the administrator of MLflow\'s users',
    name: 'mlflow-administrator',
    values: { username: 'admin', password: randomText },
    problems: { password: shorterThan(12) },
  })];
}
