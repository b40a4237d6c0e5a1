import type { Rule } from '../kit/rule';
import { replicas, REPLICAS_READ, workers, WORKERS_READ } from '../tracking-server/derived';
import { neededConnections } from './derived';

export const rules: readonly Rule[] = [
  {
    path: 'database.connectionLimit',
    reads: ['database', 'access', ...REPLICAS_READ, 'tracking.threads', ...WORKERS_READ],
    problem: (environment) => {
      const { tracking, database } = environment;
      const needed = neededConnections(environment);
      if (database.connectionLimit === undefined || database.connectionLimit >= needed) return undefined;
      return `${database.connectionLimit} is under the ${needed} connections that ${replicas(environment).most} replicas and one more during an update, `
        + `with ${workers(environment)} workers of ${tracking.threads} threads each, can open: `
        + `raise it, or lower ${tracking.autoscaling ? 'autoscaling.maxReplicas' : 'replicas'}, workers or threads`;
    },
  },
  {
    path: 'database.provider',
    reads: ['profile', 'database'],
    problem: ({ profile, database }) => profile === 'production' && database.provider === 'embedded'
      ? 'embedded is one pod without a standby, for profile: local: write provider: external and the host of a PostgreSQL server'
      : undefined,
  },
  {
    path: 'database.administratorSecret',
    reads: ['database'],
    problem: ({ database }) => database.provider === 'external' && database.administratorSecret === database.secret
      ? `${database.secret} is the tracking server's own Secret: the server must not hold the administrator's password; name another`
      : undefined,
  },
];
