import { z } from 'zod';
import { serverHost } from '../../kit/hosts';
import { bytes, databaseName, positive, secretName } from '../../kit/values';
import { MOST_CONNECTIONS } from './derived';

const connectionLimit = () => positive().max(MOST_CONNECTIONS, `must be ${MOST_CONNECTIONS} or less, as PostgreSQL wants it`).optional().describe(
  'Connections that the role may hold. Default: what the replicas, their workers and threads can open during a rolling update.');

const embeddedDatabase = z.strictObject({
  provider: z.literal('embedded').describe('A PostgreSQL server of its own, one pod and one volume: for local use.'),
  storage: bytes({ least: '1Gi' }).default('5Gi').describe('Size of its volume.'),
  connectionLimit: connectionLimit(),
});

const takeOver = z.strictObject({
  role: z.boolean().default(false).describe(
    'The role of the Secret: it may sign in and gets the Secret\'s password, the connection limit, settings of its own for keep-alives, and our mark in '
    + 'its comment. What it owns and what it may do stays.'),
  database: z.boolean().default(false).describe(
    'The databases: the role becomes their owner, and they get our mark in their comments. The former owner keeps every privilege on the database and '
    + 'its schema public; what is in them keeps its owner, and everybody may connect who might before.'),
}).describe(
  'What the set-up Job may change although others made it. Default: nothing. Role and database of others are used as they are where the '
  + 'Secret lets the role in and the role may make tables, and refused otherwise.');

const externalDatabase = z.strictObject({
  provider: z.literal('external').describe('A PostgreSQL server, version 15 or newer, that exists.'),
  host: serverHost().describe('Its DNS name; a Service\'s with its namespace, e.g. postgres.data.svc.cluster.local.'),
  port: z.int().min(1).max(65535).default(5432),
  name: databaseName().default('mlflow').describe('Database of the tracking server.'),
  sslMode: z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']).default('prefer')
    .describe('As in libpq: https://www.postgresql.org/docs/current/libpq-ssl.html. verify-full makes sure who is at the other end.'),
  caSecret: secretName().optional().describe(
    'Secret with the key ca.crt: authorities; one of them must have signed the server\'s certificate, with sslMode verify-ca or verify-full. '
    + 'Default: those that everybody knows.'),
  clientCertificateSecret: secretName().optional().describe(
    'Secret of the type kubernetes.io/tls, with a certificate that the server asks for. The role\'s Secret needs no password where the server asks '
    + 'for none. Default: none.'),
  connectionLimit: connectionLimit(),
  secret: secretName().default('mlflow-database').describe('Secret with the keys username and password of the tracking server\'s role.'),
  administratorSecret: secretName().optional().describe(
    'Secret with the keys username and password of a role that may create roles and databases. With it a Job sets up role and database; '
    + 'default: they exist.'),
  setUp: z.boolean().optional().describe(
    'Whether a Job sets up role and database. Default: where administratorSecret is named. false says that they exist, and needs no other word.'),
  takeOver: takeOver.optional(),
});

const database = z.discriminatedUnion('provider', [embeddedDatabase, externalDatabase], 'must have provider: embedded or external');

export const sections = { database: database.prefault({ provider: 'embedded' }).describe('PostgreSQL.') };
