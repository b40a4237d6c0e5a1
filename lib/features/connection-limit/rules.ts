import { MOST_CONNECTIONS } from '../database/derived';
import type { Rule } from '../rule';
import { replicas, REPLICAS_READ, workers, WORKERS_READ } from '../tracking-server/derived';
import { connectionLimit, neededConnections } from './limit';

/** Each takes 20 kB before it is used, and some MB then, of 1Gi. */
const MOST_EMBEDDED = 1500;

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
    path: 'database.connectionLimit',
    reads: ['database', 'access', ...REPLICAS_READ, 'tracking.threads', ...WORKERS_READ],
    problem: (environment) => environment.database.provider === 'embedded' && connectionLimit(environment) > MOST_EMBEDDED
      ? `${connectionLimit(environment)} are more connections than the ${MOST_EMBEDDED} that the embedded database has memory for: lower it, replicas, workers or threads, `
        + 'or write provider: external'
      : undefined,
  },
  {
    path: 'tracking.workers',
    reads: ['access', ...REPLICAS_READ, 'tracking.threads', ...WORKERS_READ],
    problem: (environment) => {
      const needed = neededConnections(environment);
      return needed > MOST_CONNECTIONS
        ? `${workers(environment)} with ${replicas(environment).most} replicas and ${environment.tracking.threads} threads each can open ${needed} connections, and PostgreSQL `
          + `takes ${MOST_CONNECTIONS}: write fewer replicas, workers or threads`
        : undefined;
    },
  },
];
