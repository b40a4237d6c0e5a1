import type { Problem } from '../kit/problem';
import type { SecretUse } from '../kit/secrets/secret-use';
import { features } from '.';
import type { EnvironmentSpec } from './environment';

/** Every Secret that an environment uses, a line for each purpose. Each feature's folder has its own. */
export function secretUses(environment: EnvironmentSpec): SecretUse[] {
  const all = features.flatMap(({ secrets }) => secrets?.(environment) ?? []);
  return [...new Map(all.map((use) => [`${use.path} ${use.name}`, use])).values()]; // entrances may share one
}

/** Those that people make. */
export function expectedSecrets(environment: EnvironmentSpec): SecretUse[] {
  return secretUses(environment).filter(({ maker }) => maker === undefined);
}

/** Each Secret that is there for two purposes: whoever may read one would read what is for another. */
export function secretsOfTwoPurposes(environment: EnvironmentSpec): Problem[] {
  const uses = secretUses(environment);
  return uses.flatMap(({ path, name, purpose }, index) => {
    const other = uses.slice(0, index).find((each) => each.name === name && each.purpose !== purpose);
    return other ? [{
      path,
      message: `is the same Secret as ${other.path}, and whoever holds the one must not hold the other: name another`,
    }] : [];
  });
}
