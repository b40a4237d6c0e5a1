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
import { serverProps } from './features/tracking-server/derived';
import { TrackingServer } from './features/tracking-server/tracking-server';
import { usersSettings } from './features/users/derived';
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

/** All objects of one environment, except its Namespace: the table of contents. Each part is built in its feature's folder. */
export class PlatformChart extends Chart {
  constructor(scope: Construct, { environment, secretValues }: PlatformChartProps) {
    super(scope, 'platform', { // the environment's name may be "constructor", which the construct tree takes for a construct that is there
      namespace: environment.namespace.name,
      labels: environmentLabels(environment.name),
      disableResourceNameHashes: true,
    });
    const { network, tracking: { version } } = environment;
    const settingsOfUsers = usersSettings(environment);
    const secrets = new PlatformSecrets(this, 'Secrets', { uses: secretUses(environment), values: secretValues, revision: environment.secretsRevision });
    const common = { version, clusterDomain: environment.clusterDomain, mark: markOf(environment), secrets };

    const database = new Database(this, 'Database', {
      ...common,
      settings: environment.database,
      place: network.database,
      users: settingsOfUsers?.databaseName,
      connectionLimit: connectionLimit(environment),
    });
    const artifacts = new ArtifactStore(this, 'ArtifactStore', { ...common, settings: environment.artifactStore, place: network.objectStore });
    const schema = new Schema(this, 'Schema', { version, database: database.client, users: settingsOfUsers?.databaseName });
    const users = settingsOfUsers && new Users(this, 'Users', { settings: settingsOfUsers, version, database: database.client, schema, secrets });
    const server = new TrackingServer(this, 'TrackingServer', {
      ...serverProps(environment),
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
