import type { Rule } from '../rule';
import { usersSettings } from './derived';

export const rules: readonly Rule[] = [
  {
    path: 'access.databaseName',
    reads: ['access', 'database'],
    problem: (environment) => {
      const { database } = environment;
      const tracking = database.provider === 'external' ? database.name : 'mlflow';
      return usersSettings(environment)?.databaseName === tracking
        ? 'is the tracking database, and users have one of their own: write e.g. mlflow_users'
        : undefined;
    },
  },
];
