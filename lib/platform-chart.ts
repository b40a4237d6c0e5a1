import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { WaysIn } from './features/access/ways-in';
import { storeAddress, type Bucket } from './features/artifact-store/bucket';
import { BucketJob } from './features/artifact-store/bucket-job';
import { ObjectStore } from './features/artifact-store/object-store';
import { DatabaseClient } from './features/database/database-client';
import { DatabaseSetUpJob, type DatabaseSetUpJobProps } from './features/database/database-set-up-job';
import { Postgres } from './features/database/postgres';
import { Schema } from './features/database/schema';
import { entrances, hasUsers, isEncrypted } from './features/access/entrances';
import { markOf, type Environment } from './features/environment';
import { connectionLimit } from './features/database/derived';
import { largestRequest, replicas, workers } from './features/tracking-server/derived';
import { componentPeer, destinationOf, PROMETHEUS, type Peer } from './kit/network/peer';
import { TrackingServerMonitor } from './features/observability/tracking-server-monitor';
import type { SecretValues } from './kit/secrets/secret-use';
import { secretUses } from './features/secret-uses';
import { PlatformSecrets } from './kit/secrets/platform-secrets';
import type { SecretReference } from './kit/secrets/secret-environment';
import { allowedHosts, corsOrigins } from './features/tracking-server/allowed-hosts';
import { TrackingServer } from './features/tracking-server/tracking-server';
import { AdministratorJob } from './features/users/administrator-job';
import type { Users } from './features/users/users';
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
    const schema = new Schema(this, 'Schema', { version: tracking.version, database, users: this.usersDatabase, dns: network.dns });
    if (access?.mode === 'basic') {
      const administrator = this.secrets.at('access.administratorSecret');
      new AdministratorJob(this, 'Administrator', { version: tracking.version, database, users: access.databaseName, schema, administrator, dns: network.dns });
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
      authorities: this.secrets.find('tracking.caSecret'),
      clusterDomain: environment.clusterDomain,
      dns: network.dns,
    });
    waysIn.leadTo({ service: server.service, pods: { ...componentPeer(this, TrackingServer.COMPONENT), port: server.service.port } });
    if (metrics.serviceMonitor) new TrackingServerMonitor(this, 'Monitor', { server, version: tracking.version, labels: metrics.labels });
  }

  private database(): DatabaseClient {
    const { database, network, clusterDomain } = this.environment;
    if (database.provider === 'external') {
      const client = new DatabaseClient(this, 'Database', {
        ...database,
        secret: this.secrets.at('database.secret'),
        authorities: this.secrets.find('database.caSecret'),
        clientCertificate: this.secrets.find('database.clientCertificateSecret'),
        destination: destinationOf({ ...database, clusterDomain }, network.database),
      });
      if (database.administratorSecret) this.setUpDatabase(client, this.secrets.at('database.administratorSecret'), database.takeOver);
      return client;
    }
    const administrator = this.secrets.at('database.administratorSecret');
    const { host, port, destination } = new Postgres(this, 'Postgres', {
      storage: database.storage,
      connectionLimit: connectionLimit(this.environment),
      administrator,
      clients: this.components(DatabaseSetUpJob, Schema, TrackingServer, ...hasUsers(this.environment) ? [AdministratorJob] : []),
    });
    const secret = this.secrets.at('database.secret');
    const client = new DatabaseClient(this, 'Database', { host, port, destination, name: 'mlflow', sslMode: 'disable', secret });
    this.setUpDatabase(client, administrator);
    return client;
  }

  private setUpDatabase(database: DatabaseClient, administrator: SecretReference, takeOver?: DatabaseSetUpJobProps['takeOver']): void {
    const { network, tracking } = this.environment;
    new DatabaseSetUpJob(this, 'DatabaseSetUp', {
      version: tracking.version,
      database,
      users: this.usersDatabase,
      administrator,
      connectionLimit: connectionLimit(this.environment),
      environment: markOf(this.environment),
      takeOver,
      dns: network.dns,
    });
  }

  /** Name of the database of MLflow's own users, where the file asks for them. */
  private get usersDatabase(): string | undefined {
    const { access } = this.environment;
    return access?.mode === 'basic' ? access.databaseName : undefined;
  }

  /** MLflow's own users, where the file asks for them, next to the tracking database. */
  private users(database: DatabaseClient): Users | undefined {
    const { access } = this.environment;
    if (access?.mode !== 'basic') return undefined;
    return { databaseUri: database.uri(access.databaseName), defaultPermission: access.defaultPermission };
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
    const { bucket: name, prefix, endpoint, region } = artifactStore;
    const destination = destinationOf({ ...storeAddress({ endpoint, region }), clusterDomain }, network.objectStore);
    const authority = this.secrets.find('artifactStore.caSecret');
    const bucket = { name, prefix, endpoint, region, secret: this.secrets.at('artifactStore.secret'), authority, destination };
    if (!artifactStore.setUp) return bucket;
    return this.setUpBucket(bucket, this.secrets.find('artifactStore.administratorSecret'));
  }

  private setUpBucket(bucket: Bucket, administrator: SecretReference | undefined): Bucket {
    const { tracking: { version }, artifactStore, network } = this.environment;
    new BucketJob(this, 'Bucket', { ...artifactStore, version, platform: markOf(this.environment), bucket, administrator, dns: network.dns });
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
