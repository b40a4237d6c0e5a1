import { isOlder } from '../kit/values';
import type { Rule } from '../kit/rule';
import { otherSecrets } from '../secrets/other-secrets';
import { OLDEST_WITH_USERS } from '../versions';

export const rules: readonly Rule[] = [
  {
    path: 'tracking.version',
    reads: ['tracking.version', 'access'],
    problem: ({ tracking: { version }, access }) => access?.mode === 'basic' && isOlder(version, OLDEST_WITH_USERS.version)
      ? `${version} ${OLDEST_WITH_USERS.reason}: write ${OLDEST_WITH_USERS.version} or newer, or another access.mode`
      : undefined,
  },
  {
    path: 'access.administratorSecret',
    reads: ['access', 'database', 'artifactStore', 'tracking.keysSecret'],
    problem: (environment) => {
      const { access } = environment;
      return access?.mode === 'basic' && otherSecrets(environment).includes(access.administratorSecret)
        ? `${access.administratorSecret} is another part's Secret, and people who sign in to MLflow must not know its password: write e.g. mlflow-administrator`
        : undefined;
    },
  },
  {
    path: 'access.databaseName',
    reads: ['access', 'database'],
    problem: ({ access, database }) => {
      const tracking = database.provider === 'external' ? database.name : 'mlflow';
      return access?.mode === 'basic' && access.databaseName === tracking
        ? `${tracking} is the tracking database, and users have one of their own: write e.g. ${tracking}_users`
        : undefined;
    },
  },
];
