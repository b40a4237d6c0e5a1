import type { Rule } from '../rule';

export const rules: readonly Rule[] = [
  {
    path: 'access.databaseName',
    reads: ['access', 'database'],
    problem: ({ access, database }) => {
      const tracking = database.provider === 'external' ? database.name : 'mlflow';
      return access?.mode === 'basic' && access.databaseName === tracking
        ? 'is the tracking database, and users have one of their own: write e.g. mlflow_users'
        : undefined;
    },
  },
];
