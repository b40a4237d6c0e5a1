import { z } from 'zod';
import { clusterDomain } from '../kit/hosts';
import { objectName, positive } from '../kit/values';
import { sections as access } from './access/settings';
import { sections as artifactStore } from './artifact-store/settings';
import { sections as database } from './database/settings';
import { sections as namespace } from './namespace/settings';
import { sections as network } from './network/settings';
import { sections as observability } from './observability/settings';
import { sections as trackingServer } from './tracking-server/settings';

/*
 * The environment file. Each feature's folder has its sections, in settings.ts: type, default, constraint and documentation of each value.
 * environments/schema.json, which editors read, is generated from them (`npm run schema`). Rules over several values are in the
 * features' rules.ts.
 */

export const environmentSchema = z.strictObject({
  profile: z.enum(['local', 'production'], 'must be local or production').default('production').describe(
    'local: keeps passwords in .secrets/, spreads replicas where it can, may hold its own database and artifact store. '
    + 'production: names Secrets that exist, puts no two replicas on one host while another takes pods, answers to no host but the named ones.'),
  cluster: objectName('frankfurt').optional().describe(
    'Name of the cluster that the environment is for. Environments of one cluster have no namespace, database, bucket or host in common; those of two may. '
    + 'Default: one cluster, that of all files that name none.'),
  clusterDomain: clusterDomain().default('cluster.local').describe('DNS domain of the cluster.'),
  ...namespace,
  secretsRevision: positive().default(1).describe(
    'Increase it after a change inside an existing Secret: the Jobs that use it run again and the server\'s pods are replaced.'),
  ...trackingServer,
  ...database,
  ...artifactStore,
  ...access,
  ...observability,
  ...network,
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
