import { z } from 'zod';
import { serverHost } from '../kit/hosts';
import { bytes, databaseName, positive, secretName } from '../kit/values';
import { MOST_CONNECTIONS } from './derived';

const connectionLimit = () => positive().max(MOST_CONNECTIONS, `must be ${MOST_CONNECTIONS} or less, as PostgreSQL wants it`).optional().describe(
  'Connections that the role may hold. Default: what the replicas, their workers and threads can open during a rolling update.');

const embeddedDatabase = z.strictObject({
  provider: z.literal('embedded').describe('A PostgreSQL server of its own, one pod and one volume: for local use.'),
  storage: bytes({ least: '1Gi' }).default('5Gi').describe('Size of its volume.'),
  connectionLimit: connectionLimit(),
});

const externalDatabase = z.strictObject({
  provider: z.literal('external').describe('A PostgreSQL server, version 15 or newer, that exists.'),
  host: serverHost().describe('Its DNS name; a Service\'s with its namespace, e.g. postgres.data.svc.cluster.local.'),
  port: z.int().min(1).max(65535).default(5432),
  name: databaseName().default('mlflow').describe('Database of the tracking server.'),
  sslMode: z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']).default('prefer')
    .describe('As in libpq: https://www.postgresql.org/docs/current/libpq-ssl.html'),
  connectionLimit: connectionLimit(),
  secret: secretName().default('mlflow-database').describe('Secret with the keys username and password of the tracking server\'s role.'),
  administratorSecret: secretName().optional().describe(
    'Secret with the keys username and password of a role that may create roles and databases. With it a Job sets up role and database; '
    + 'default: they exist.'),
});

export const database = z.discriminatedUnion('provider', [embeddedDatabase, externalDatabase], 'must have provider: embedded or external');
