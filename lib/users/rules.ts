import type { Rule } from '../kit/rule';
import { otherSecrets } from '../secrets/other-secrets';

export const rules: readonly Rule[] = [
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
