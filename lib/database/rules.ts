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
  {
    path: 'database.sslMode',
    reads: ['database'],
    problem: ({ database }) => {
      if (database.provider !== 'external') return undefined;
      const { sslMode, caSecret, clientCertificateSecret } = database;
      if (sslMode === 'verify-ca' && caSecret === undefined) {
        return 'verify-ca trusts whoever has a certificate of an authority, and of those that everybody knows anybody has one: write verify-full, or name your own authority in caSecret';
      }
      if (caSecret !== undefined && !sslMode.startsWith('verify')) {
        return `${sslMode} verifies nobody, and caSecret would not be read: write verify-full, or verify-ca where the certificate has another name than the host, or no caSecret`;
      }
      if (clientCertificateSecret !== undefined && ['disable', 'allow', 'prefer'].includes(sslMode)) {
        return `${sslMode} may connect without TLS, and then without the certificate of clientCertificateSecret: write verify-full, or require`;
      }
      return undefined;
    },
  },
  {
    path: 'database.setUp',
    reads: ['database'],
    problem: ({ database }) => {
      if (database.provider !== 'external') return undefined;
      const { setUp, administratorSecret } = database;
      if (setUp === false && administratorSecret !== undefined) return 'false means that no Job sets up role and database, and administratorSecret names who would: leave out one of them';
      if (setUp && administratorSecret === undefined) return 'true needs an administrator: name the Secret of one in administratorSecret';
      return undefined;
    },
  },
  {
    path: 'database.takeOver',
    reads: ['database'],
    problem: ({ database }) => database.provider === 'external' && database.takeOver && database.administratorSecret === undefined
      ? 'needs the Job that sets up role and database: name an administratorSecret, or leave out takeOver'
      : undefined,
  },
];
