import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Entrances } from './features/access/entrances';
import { ArtifactStore } from './features/artifact-store/artifact-store';
import { connectionLimit } from './features/connection-limit/limit';
import { Database } from './features/database/database';
import { Schema } from './features/database/schema';
import { markOf, type Environment } from './features/environment';
import { Observability } from './features/observability/observability';
import { prometheusOf } from './features/observability/prometheus';
import { secretUses } from './features/secret-uses';
import { decided } from './features/tracking-server/derived';
import { TrackingServer } from './features/tracking-server/tracking-server';
import { usersDatabase } from './features/users/derived';
import { Users } from './features/users/users';
import { NetworkPolicies } from './kit/network/network-policies';
import { PlatformSecrets } from './kit/secrets/platform-secrets';
import type { SecretValues } from './kit/secrets/secret-use';
import { environmentLabels } from './kit/workload/labels';

export interface PlatformChartProps {
  readonly environment: Environment;
  /**
   * Values of the Secrets to render.
   * @default - every Secret exists in the cluster
   */
  readonly secretValues?: SecretValues;
}

/** Everything of one environment. */
export class PlatformChart extends Chart {
  constructor(scope: Construct, { environment, secretValues }: PlatformChartProps) {
    super(scope, 'platform', { // not the environment's name, which may be "constructor"
      namespace: environment.namespace.name,
      labels: environmentLabels(environment.name),
      disableResourceNameHashes: true,
    });
    const { access, network, clusterDomain, tracking: { version } } = environment;
    const mark = markOf(environment);
    const secrets = new PlatformSecrets(this, 'Secrets', { uses: secretUses(environment), values: secretValues, revision: environment.secretsRevision });

    const database = new Database(this, 'Database', {
      settings: environment.database,
      place: network.database,
      users: usersDatabase(environment),
      connectionLimit: connectionLimit(environment),
      ...{ clusterDomain, version, mark, secrets },
    });
    const artifacts = new ArtifactStore(this, 'ArtifactStore', {
      settings: environment.artifactStore,
      place: network.objectStore,
      ...{ clusterDomain, version, mark, secrets },
    });
    const schema = new Schema(this, 'Schema', { version, database: database.client, users: usersDatabase(environment) });
    const users = access?.mode === 'basic' ? new Users(this, 'Users', { settings: access, version, database: database.client, schema, secrets }) : undefined;
    const server = new TrackingServer(this, 'TrackingServer', {
      ...decided(environment),
      database: database.client,
      schema,
      users,
      artifacts: artifacts.bucket,
      keys: secrets.at('tracking.keysSecret'),
      authorities: secrets.find('tracking.caSecret'),
    });
    const entrances = new Entrances(this, 'Entrances', { environment, secrets, server });
    const observability = new Observability(this, 'Observability', { settings: environment.metrics, server, version, prometheus: prometheusOf(environment) });

    new NetworkPolicies(this, 'NetworkPolicies', {
      parts: [database, artifacts, schema, server, ...users ? [users] : [], entrances, observability],
      dns: network.dns,
    });
  }
}
