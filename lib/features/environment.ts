import { z } from 'zod';
import { access, gateway, ingress, internal } from './access/settings';
import { artifactStore } from './artifact-store/settings';
import { database } from './database/settings';
import { clusterDomain } from '../kit/hosts';
import { objectName, positive } from '../kit/values';
import { namespace } from './namespace/settings';
import { network } from './network/settings';
import { metrics } from './observability/settings';
import { service, tracking } from './tracking-server/settings';

/*
 * The environment file. Each feature's folder has its part, in settings.ts: type, default, constraint and documentation of each value.
 * environments/schema.json, which editors read, is generated from them (`npm run schema`). Rules over several values are in the
 * features' rules.ts.
 */

export const environmentSchema = z.strictObject({
  profile: z.enum(['local', 'production'], 'must be local or production').default('production').describe(
    'local: keeps passwords in .secrets/, spreads replicas where it can, may hold its own database and object store. '
    + 'production: names Secrets that exist, puts no two replicas on one host while another takes pods, answers to no host but the named ones.'),
  cluster: objectName('frankfurt').optional().describe(
    'Name of the cluster that the environment is for. Environments of one cluster have no namespace, database, bucket or host in common; those of two may. '
    + 'Default: one cluster, that of all files that name none.'),
  clusterDomain: clusterDomain().default('cluster.local').describe('DNS domain of the cluster.'),
  namespace: namespace.prefault({}),
  secretsRevision: positive().default(1).describe(
    'Increase it after a change inside an existing Secret: the Jobs that use it run again and the server\'s pods are replaced.'),
  tracking: tracking.prefault({}).describe('The tracking server.'),
  service: service.default({ type: 'ClusterIP' }).describe('The tracking server\'s Service, port 5000.'),
  database: database.prefault({ provider: 'embedded' }).describe('PostgreSQL.'),
  artifactStore: artifactStore.prefault({ provider: 'embedded' }).describe('S3.'),
  gateway: gateway.optional().describe('The way in from outside the cluster by the Gateway API. Default: none.'),
  ingress: ingress.optional().describe('The way in from outside the cluster by an Ingress, instead of a gateway. Default: none.'),
  internal: internal.optional().describe('Names inside the company, in addition to the public ones. Default: none.'),
  access: access.optional().describe('Who is let in. Default: locally, or without a way in, everybody who reaches the server (none).'),
  metrics: metrics.prefault({}).describe('Prometheus.'),
  network: network.prefault({}).describe('Which peers may connect to which; nobody else can.'),
});

/** What an environment file says, defaults filled in. */
export type EnvironmentSpec = z.output<typeof environmentSchema>;

/** An environment: its name, which is its file's and its output folder's, and what the file says. */
export interface Environment extends EnvironmentSpec {
  readonly name: string;
}

/** What marks things outside of the cluster as an environment's: its cluster, where the file names one, its namespace and its name. */
export function markOf({ cluster, namespace, name }: Environment): string {
  return [...cluster === undefined ? [] : [cluster], namespace.name, name].join('/');
}

/** An environment, and the file that says it. */
export interface LoadedEnvironment extends Environment {
  readonly file: string;
}
