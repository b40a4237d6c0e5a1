import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { WaysIn } from './access/ways-in';
import { storeAddress, type Bucket } from './artifact-store/bucket';
import { BucketJob } from './artifact-store/bucket-job';
import { ObjectStore } from './artifact-store/object-store';
import type { DatabaseConnection } from './database/connection';
import { DatabaseSetUpJob } from './database/database-set-up-job';
import { Postgres } from './database/postgres';
import { Schema } from './database/schema';
import { entrances, hasUsers, isEncrypted } from './environment/entrances';
import type { Environment } from './environment/environment';
import { connectionLimit } from './database/derived';
import { largestRequest, replicas, workers } from './tracking-server/derived';
import { componentPeer, destinationOf, PROMETHEUS, type Peer } from './network/peer';
import { TrackingServerMonitor } from './observability/tracking-server-monitor';
import type { SecretValues } from './secrets/secret-use';
import { secretUses } from './secrets/secret-uses';
import { PlatformSecrets } from './secrets/platform-secrets';
import type { SecretReference } from './secrets/secret-environment';
import { allowedHosts, corsOrigins } from './tracking-server/allowed-hosts';
import { TrackingServer } from './tracking-server/tracking-server';
import { AdministratorJob } from './users/administrator-job';
import type { Users } from './users/users';
import { environmentLabels } from './workload/labels';

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
  private readonly environment: Environment;
  private readonly secrets: PlatformSecrets;

  constructor(scope: Construct, { environment, secretValues }: PlatformChartProps) {
    super(scope, 'platform', { // not the environment's name, which may be "constructor"
      namespace: environment.namespace.name,
      labels: environmentLabels(environment.name),
      disableResourceNameHashes: true,
    });
    this.environment = environment;
    this.secrets = new PlatformSecrets(this, 'Secrets', {
      uses: secretUses(environment), values: secretValues, revision: environment.secretsRevision,
    });
    const { access, tracking, metrics, network, profile } = environment;
    const ways = entrances(environment);

    const database = this.database();
    const artifacts = this.artifactStore();
    const waysIn = new WaysIn(this, 'WaysIn', { environment, secrets: this.secrets });
    const users = this.users(database);
    const schema = new Schema(this, 'Schema', { version: tracking.version, connection: database, users: users?.database, dns: network.dns });
    if (access?.mode === 'basic' && users) {
      const administrator = this.secrets.at('access.administratorSecret');
      new AdministratorJob(this, 'Administrator', { version: tracking.version, database: users.database, schema, administrator, dns: network.dns });
    }
    const server = new TrackingServer(this, 'TrackingServer', {
      ...tracking,
      replicas: replicas(environment).least,
      workers: workers(environment),
      largestRequest: largestRequest(environment),
      spread: profile === 'production' ? 'hard' : 'soft',
      disruptionBudget: tracking.disruptionBudget ?? (profile === 'production' ? { maxUnavailable: 1 } : undefined),
      database,
      schema,
      users,
      artifacts,
      keys: this.secrets.at('tracking.keysSecret'),
      allowedHosts: allowedHosts({
        service: 'mlflow',
        namespace: environment.namespace.name,
        clusterDomain: environment.clusterDomain,
        hosts: ways.flatMap(({ hosts }) => hosts),
        nodePort: nodePort(environment),
      }),
      corsOrigins: corsOrigins({
        pages: ways.flatMap(({ hosts, tls }) => hosts.map((host) => ({ host, encrypted: isEncrypted({ tls }) }))),
        nodePort: nodePort(environment),
      }),
      nodePort: nodePort(environment),
      clients: [...network.clients, ...waysIn.clients],
      scrapers: this.scrapers(),
      demo: profile === 'local',
      callees: network.destinations,
      clusterDomain: environment.clusterDomain,
      dns: network.dns,
    });
    waysIn.leadTo({ service: server.service, pods: { ...componentPeer(this, TrackingServer.COMPONENT), port: server.service.port } });
    if (metrics.serviceMonitor) new TrackingServerMonitor(this, 'Monitor', { server, version: tracking.version, labels: metrics.labels });
  }

  private database(): DatabaseConnection {
    const { database, network, clusterDomain } = this.environment;
    const limit = connectionLimit(this.environment);
    if (database.provider === 'external') {
      const destination = destinationOf({ ...database, clusterDomain }, network.database);
      const connection = { ...database, secret: this.secrets.at('database.secret'), destination };
      if (database.administratorSecret) this.setUpDatabase(connection, this.secrets.at('database.administratorSecret'), limit);
      return connection;
    }
    const administrator = this.secrets.at('database.administratorSecret');
    const { host, port, destination } = new Postgres(this, 'Postgres', {
      storage: database.storage,
      connectionLimit: limit,
      administrator,
      clients: this.components(DatabaseSetUpJob, Schema, TrackingServer, ...hasUsers(this.environment) ? [AdministratorJob] : []),
    });
    const connection = { host, port, destination, name: 'mlflow', sslMode: 'disable', secret: this.secrets.at('database.secret') };
    this.setUpDatabase(connection, administrator, limit);
    return connection;
  }

  private setUpDatabase(connection: DatabaseConnection, administrator: SecretReference, limit: number): void {
    const users = this.users(connection)?.database;
    new DatabaseSetUpJob(this, 'DatabaseSetUp', { connection, users, administrator, connectionLimit: limit, dns: this.environment.network.dns });
  }

  /** MLflow's own users, where the file asks for them, beside the tracking database. */
  private users(database: DatabaseConnection): Users | undefined {
    const { access } = this.environment;
    if (access?.mode !== 'basic') return undefined;
    return { database: { ...database, name: access.databaseName }, defaultPermission: access.defaultPermission };
  }

  private artifactStore(): Bucket {
    const { artifactStore, network, clusterDomain } = this.environment;
    if (artifactStore.provider === 'embedded') {
      const administrator = this.secrets.at('artifactStore.administratorSecret');
      const { endpoint, region, destination } = new ObjectStore(this, 'ObjectStore', {
        storage: artifactStore.storage,
        administrator,
        clients: this.components(BucketJob, TrackingServer),
      });
      const secret = this.secrets.at('artifactStore.secret');
      return this.setUpBucket({ name: artifactStore.bucket, endpoint, region, secret, destination }, administrator);
    }
    const { bucket: name, endpoint, region } = artifactStore;
    const destination = destinationOf({ ...storeAddress({ endpoint, region }), clusterDomain }, network.objectStore);
    const bucket = { name, endpoint, region, secret: this.secrets.at('artifactStore.secret'), destination };
    const administrator = artifactStore.provider === 'minio' ? artifactStore.administratorSecret : undefined;
    return this.setUpBucket(bucket, administrator === undefined ? undefined : this.secrets.at('artifactStore.administratorSecret'));
  }

  private setUpBucket(bucket: Bucket, administrator: SecretReference | undefined): Bucket {
    const { tracking: { version }, artifactStore } = this.environment;
    new BucketJob(this, 'Bucket', { ...artifactStore, version, bucket, administrator, dns: this.environment.network.dns });
    return bucket;
  }

  /** Who scrapes metrics: by default the pods that Prometheus Operator makes. */
  private scrapers(): Peer[] {
    const { network, metrics } = this.environment;
    const prometheus = network.prometheus ?? (metrics.serviceMonitor ? PROMETHEUS : undefined);
    return prometheus ? [prometheus] : [];
  }

  private components(...constructs: readonly { readonly COMPONENT: string }[]): Peer[] {
    return constructs.map(({ COMPONENT }) => componentPeer(this, COMPONENT));
  }
}

function nodePort({ service }: Environment): number | undefined {
  return service.type === 'NodePort' ? service.nodePort : undefined;
}
