import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { AccessGateway } from './access/access-gateway';
import { Certificate } from './access/certificate';
import { GatewayRoute } from './access/gateway-route';
import { routeAccess } from './access/route-access';
import type { GuardedService, GuardSurroundings } from './access/guard';
import { OAuth2Proxy } from './access/oauth2-proxy';
import { servedPaths } from './access/served-paths';
import { SsoIngress } from './access/sso-ingress';
import { TokenVerifier } from './access/token-verifier';
import { storeAddress, type Bucket } from './artifact-store/bucket';
import { BucketJob } from './artifact-store/bucket-job';
import { ObjectStore } from './artifact-store/object-store';
import type { DatabaseConnection } from './database/connection';
import { DatabaseSetUpJob } from './database/database-set-up-job';
import { Postgres } from './database/postgres';
import { Schema } from './database/schema';
import type { TlsSpec } from './access/settings';
import { entrances, guardOf, hasUsers, isEncrypted, type Entrance } from './environment/entrances';
import type { Environment } from './environment/environment';
import { quantity } from './kit/quantity';
import { connectionLimit } from './database/derived';
import { largestRequest, replicas, workers } from './tracking-server/derived';
import { componentPeer, destinationOf, type Peer } from './network/peer';
import { TrackingServerMonitor } from './observability/tracking-server-monitor';
import type { SecretValues } from './secrets/generated-secrets';
import { PlatformSecrets } from './secrets/platform-secrets';
import type { SecretReference } from './secrets/secret-environment';
import { allowedHosts, corsOrigins } from './tracking-server/allowed-hosts';
import { TrackingServer } from './tracking-server/tracking-server';
import { AdministratorJob } from './users/administrator-job';
import type { Users } from './users/users';
import { environmentLabels } from './workload/labels';

/** Where the controllers of an Ingress run, by their own instructions. */
const NAMESPACES = { nginx: 'ingress-nginx', traefik: 'traefik' };

/** Where Prometheus usually runs, and the label that Prometheus Operator gives its pods. */
const PROMETHEUS: Peer = { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } };

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
  private readonly entrances: readonly Entrance[];

  constructor(scope: Construct, { environment, secretValues }: PlatformChartProps) {
    super(scope, environment.name, {
      namespace: environment.namespace.name,
      labels: environmentLabels(environment.name),
      disableResourceNameHashes: true,
    });
    this.environment = environment;
    this.secrets = new PlatformSecrets(this, 'Secrets', { values: secretValues, revision: environment.secretsRevision });
    this.entrances = entrances(environment);
    const { access, tracking, metrics, network, profile } = environment;

    const database = this.database();
    const artifacts = this.artifactStore();
    const gateway = this.gateway();
    const users = this.users(database);
    const schema = new Schema(this, 'Schema', { version: tracking.version, connection: database, users: users?.database, dns: network.dns });
    if (access?.mode === 'basic' && users) {
      const administrator = this.secrets.named(access.administratorSecret);
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
      keys: this.secrets.named(tracking.keysSecret),
      allowedHosts: allowedHosts({
        service: 'mlflow',
        namespace: environment.namespace.name,
        clusterDomain: environment.clusterDomain,
        hosts: this.entrances.flatMap(({ hosts }) => hosts),
        anyAddress: profile === 'local',
        nodePort: nodePort(environment),
      }),
      corsOrigins: corsOrigins({
        pages: this.entrances.flatMap(({ hosts, tls }) => hosts.map((host) => ({ host, encrypted: isEncrypted({ tls }) }))),
        anyAddress: profile === 'local',
        nodePort: nodePort(environment),
      }),
      nodePort: nodePort(environment),
      clients: this.clients(gateway),
      scrapers: this.scrapers(),
      demo: profile === 'local',
      callees: network.destinations,
      clusterDomain: environment.clusterDomain,
      dns: network.dns,
    });
    for (const entrance of this.entrances) this.letIn(entrance, server, gateway);
    if (metrics.serviceMonitor) new TrackingServerMonitor(this, 'Monitor', { server, version: tracking.version, labels: metrics.labels });
  }

  private database(): DatabaseConnection {
    const { database, network, clusterDomain } = this.environment;
    const limit = connectionLimit(this.environment);
    if (database.provider === 'external') {
      const destination = destinationOf({ ...database, clusterDomain }, network.database);
      const connection = { ...database, secret: this.secrets.named(database.secret), destination };
      if (database.administratorSecret) this.setUpDatabase(connection, this.secrets.named(database.administratorSecret), limit);
      return connection;
    }
    const administrator = this.secrets.named('mlflow-database-administrator');
    const { host, port, destination } = new Postgres(this, 'Postgres', {
      storage: database.storage,
      connectionLimit: limit,
      administrator,
      clients: this.components(DatabaseSetUpJob, Schema, TrackingServer, ...hasUsers(this.environment) ? [AdministratorJob] : []),
    });
    const connection = { host, port, destination, name: 'mlflow', sslMode: 'disable', secret: this.secrets.named('mlflow-database') };
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
      const administrator = this.secrets.named('mlflow-object-store-administrator');
      const { endpoint, region, destination } = new ObjectStore(this, 'ObjectStore', {
        storage: artifactStore.storage,
        administrator,
        clients: this.components(BucketJob, TrackingServer),
      });
      const secret = this.secrets.named('mlflow-object-store');
      return this.setUpBucket({ name: artifactStore.bucket, endpoint, region, secret, destination }, administrator);
    }
    const { bucket: name, prefix, endpoint, region, secret, caSecret } = artifactStore;
    const destination = destinationOf({ ...storeAddress({ endpoint, region }), clusterDomain }, network.objectStore);
    const authority = caSecret === undefined ? undefined : this.secrets.named(caSecret);
    const bucket = { name, prefix, endpoint, region, secret: this.secrets.named(secret), authority, destination };
    if (!artifactStore.setUp) return bucket;
    const administrator = artifactStore.provider === 'minio' ? artifactStore.administratorSecret : undefined;
    return this.setUpBucket(bucket, administrator === undefined ? undefined : this.secrets.named(administrator));
  }

  private setUpBucket(bucket: Bucket, administrator: SecretReference | undefined): Bucket {
    const { tracking: { version }, artifactStore, namespace, name, network } = this.environment;
    new BucketJob(this, 'Bucket', { ...artifactStore, version, platform: `${namespace.name}/${name}`, bucket, administrator, dns: network.dns });
    return bucket;
  }

  /** Who may connect to the tracking server: where a guard stands before it, the guard and not the controller. */
  private clients(gateway: AccessGateway | undefined): Peer[] {
    const { network, ingress } = this.environment;
    const guards = ingress ? this.entrances.map(guardOf).filter((component) => component !== undefined) : [];
    const outsiders = ingress && guards.length === this.entrances.length ? [] : this.ingressController(gateway);
    return [...network.clients, ...guards.map((component) => componentPeer(this, component)), ...outsiders];
  }

  /** Who scrapes metrics: by default the pods that Prometheus Operator makes. */
  private scrapers(): Peer[] {
    const { network, metrics } = this.environment;
    const prometheus = network.prometheus ?? (metrics.serviceMonitor ? PROMETHEUS : undefined);
    return prometheus ? [prometheus] : [];
  }

  /** The pods by which requests from outside come. */
  private ingressController(gateway?: AccessGateway): Peer[] {
    const { network, ingress } = this.environment;
    const said = network.ingressController;
    // Of another namespace than the usual one, but still this gateway's proxies alone.
    if (gateway) return [said?.cidrs ?? said?.podLabels ? said : { ...gateway.peer, ...said }];
    const controller = said ?? (ingress && { namespace: NAMESPACES[ingress.controller] });
    return controller ? [controller] : [];
  }

  /** The gateway, before the server which must know its proxies. */
  private gateway(): AccessGateway | undefined {
    const { gateway, profile } = this.environment;
    if (!gateway) return undefined;
    return new AccessGateway(this, 'Gateway', {
      ...gateway,
      hosts: this.entrances.flatMap(({ name, hosts, tls }) => {
        const tlsSecret = this.certificate(name, hosts, tls);
        return hosts.map((host) => ({ host, tlsSecret, tlsBefore: tls?.provider === 'before-cluster' }));
      }),
      replicas: profile === 'production' ? 2 : 1,
    });
  }

  /** The way in from outside the cluster by some hosts. */
  private letIn(entrance: Entrance, server: TrackingServer, gateway: AccessGateway | undefined): void {
    const { name, hosts, tls, access } = entrance;
    const { ingress } = this.environment;
    if (gateway) {
      new GatewayRoute(this, `${name}-route`, { name, gateway, hosts, service: server.service, access: routeAccess(access) });
    }
    if (!ingress) return;
    const { service, paths } = this.guard(entrance, server, ingress.timeoutSeconds) ?? { service: server.service, paths: servedPaths };
    new SsoIngress(this, `${name}-ingress`, {
      ...ingress,
      name,
      hosts,
      service,
      paths,
      tlsSecret: this.certificate(name, hosts, tls),
      maxBodySize: ingress.maxBodySize === 'unlimited' ? undefined : Math.ceil(quantity(ingress.maxBodySize)!),
    });
  }

  /** Who stands between an Ingress and the tracking server, if anybody. */
  private guard(entrance: Entrance, { service }: TrackingServer, timeoutSeconds: number): GuardedService | undefined {
    const { access, name } = entrance;
    const { namespace, clusterDomain, network, profile } = this.environment;
    const component = guardOf(entrance);
    if (component === undefined) return undefined;
    const surroundings: GuardSurroundings = {
      component,
      server: { ...componentPeer(this, TrackingServer.COMPONENT), host: `${service.name}.${namespace.name}.svc.${clusterDomain}`, port: service.port },
      clients: this.ingressController(),
      timeoutSeconds,
      clusterDomain,
      spread: profile === 'production' ? 'hard' : 'soft',
      disruptionBudget: profile === 'production' ? { maxUnavailable: 1 } : undefined,
      dns: network.dns,
    };
    switch (access.mode) {
      case 'cloudflare-access':
        return new TokenVerifier(this, `${name}-guard`, { ...access, ...surroundings });
      case 'oidc':
        return new OAuth2Proxy(this, `${name}-guard`, {
          ...access,
          ...surroundings,
          encrypted: isEncrypted(entrance),
          clientSecret: this.secrets.named(access.secret),
          cookieSecret: this.secrets.named(access.cookieSecret),
        });
      default:
        return undefined;
    }
  }

  /** The Secret with the certificate of some hosts, where TLS ends in the cluster. */
  private certificate(name: string, hosts: readonly string[], tls: TlsSpec | undefined): string | undefined {
    if (!tls || tls.provider === 'before-cluster') return undefined;
    if (tls.provider === 'secret') return tls.secret;
    return new Certificate(this, `${name}-certificate`, { name, hosts, ...tls }).secret;
  }

  private components(...constructs: readonly { readonly COMPONENT: string }[]): Peer[] {
    return constructs.map(({ COMPONENT }) => componentPeer(this, COMPONENT));
  }
}

function nodePort({ service }: Environment): number | undefined {
  return service.type === 'NodePort' ? service.nodePort : undefined;
}

/** The Namespace, apart from what is in it: a chart's namespace would be set on the Namespace itself, too. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, environment: Environment) {
    super(scope, `${environment.name}-namespace`, { labels: environmentLabels(environment.name) });
    // Pods are refused; of a Deployment or Job whose pods would be, kubectl warns.
    const labels = Object.fromEntries(['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']));
    new Namespace(this, 'Namespace', { metadata: { name: environment.namespace.name, labels } });
  }
}
