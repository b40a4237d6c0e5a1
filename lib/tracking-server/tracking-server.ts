import { join } from 'node:path';
import { ConfigMap, k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { artifactsDestination, bucketVariables, storeFiles, type Bucket } from '../artifact-store/bucket';
import type { DatabaseClient } from '../database/database-client';
import type { Schema } from '../database/schema';
import { mebibytes, quantity } from '../kit/quantity';
import { ComponentNetworkPolicy } from '../network/component-network-policy';
import type { Peer } from '../network/peer';
import { SecretEnvironment, type SecretReference } from '../secrets/secret-environment';
import { usersConfiguration, type Users } from '../users/users';
import { mlflowImage } from '../versions';
import { ComponentService } from '../workload/component-service';
import { digest } from '../workload/digest';
import { DisruptionBudget } from '../workload/disruption-budget';
import { EVICTABLE } from '../workload/evictable';
import { hardenedPod, scratchVolume } from '../workload/hardened-pod';
import { componentLabels, selectorLabels } from '../workload/labels';
import { Scripts } from '../workload/scripts';
import { spreadOverHosts } from '../workload/spread';
import { ownAddress, PORT } from './allowed-hosts';
import { calleeSettings, destinationsOf, type Callee } from './callees';
import { Autoscaler, type Autoscaling } from './autoscaler';
import { memoryForRequests, NATIVE_THREADS, poolSize, SURGE } from './capacity';

const NAME = 'mlflow';
const STORE_PROGRAMS = ['proxied_artifacts.py', 'store_client.py', 'store_errors.py', 'store_patience.py', 'missing_artifacts.py'];
const PROGRAMS = [
  'answers.py', 'bodies.py', 'flask_bridge.py', 'last_bytes.py', 'metrics_port.py', 'mlflow_command.py', 'passwords.py', 'places.py', 'platform_app.py',
  'platform_server.py', 'platform_users.py', 'readiness.py', 'trouble.py', 'working_loop.py', ...STORE_PROGRAMS,
];
const USERS = 'users.ini';
const CLUSTER_DOMAIN = 'cluster.local';
/** Port and name of the port that metrics are scraped at. */
export const METRICS_PORT = 9464;
export const METRICS = 'metrics';
const METRICS_FOLDER = '/run/metrics';
const METRICS_SIZE = '64Mi';
const LOG_SIZE = '256Mi';

/** Seconds that new pods may wait for a migration before the Deployment is called failed. The Job that migrates fails by itself, and much sooner. */
const LONGEST_MIGRATION = 6 * 3600;

/** Seconds between a pod's removal from the Service and its end, for every proxy and client to notice. */
const DRAIN = 10;

/** Seconds that requests in flight have to end. */
const GRACE = 40;

export interface TrackingServerProps {
  /** Release of MLflow. */
  readonly version: string;
  /**
   * Number of pods.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * How many pods there are by their load, instead of `replicas`.
   * @default - always as many as `replicas`
   */
  readonly autoscaling?: Autoscaling;
  /**
   * How many pods evictions, as of a node's drain, may take away at once.
   * @default - any number
   */
  readonly disruptionBudget?: { readonly maxUnavailable: number };
  /**
   * PriorityClass of the pods.
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;
  /** Server processes in each pod. */
  readonly workers: number;
  /** Requests that each worker serves at the same time. */
  readonly threads: number;
  /** CPU and memory of each pod, as quantities. */
  readonly resources: {
    readonly requests: { readonly cpu: string; readonly memory: string };
    readonly limits: { readonly cpu: string; readonly memory: string };
  };
  /** Bytes of the largest request, except the upload of an artifact. */
  readonly largestRequest: number;
  /** Room in /tmp of each pod, as a quantity; artifacts pass through it. */
  readonly temporaryStorage: string;
  /**
   * Whether two pods of one revision never share a host while another takes pods ("hard"), or only rather not ("soft").
   * @default "hard"
   */
  readonly spread?: 'hard' | 'soft';
  readonly database: DatabaseClient;
  /** What brings the database's schema to this release's. */
  readonly schema: Schema;
  /**
   * MLflow's own users.
   * @default - MLflow asks nobody who they are
   */
  readonly users?: Users;
  readonly artifacts: Bucket;
  /** Secret with the keys flask-secret-key, kek-passphrase and webhook-key, the same for all pods. */
  readonly keys: SecretReference;
  /** Host headers to answer, beside the pod's own address. */
  readonly allowedHosts: readonly string[];
  /**
   * Origins whose pages may change something.
   * @default - only pages on localhost
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Port on every node.
   * @default - a Service inside the cluster only
   */
  readonly nodePort?: number;
  /**
   * Who may connect to the server.
   * @default - nobody but the pods' own nodes
   */
  readonly clients?: readonly Peer[];
  /**
   * Who may scrape the server's metrics, and do nothing else.
   * @default - nobody
   */
  readonly scrapers?: readonly Peer[];
  /**
   * Whether the UI can make examples of traces and evaluations.
   * @default false
   */
  readonly demo?: boolean;
  /**
   * Whom the server calls for its users, in addition to its database and its object store.
   * @default - nobody
   */
  readonly callees?: readonly Callee[];
  /**
   * DNS domain of the cluster.
   * @default "cluster.local"
   */
  readonly clusterDomain?: string;
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/** MLflow's tracking server: its Deployment, its settings, its Service, and what may happen to its pods. */
export class TrackingServer extends Construct {
  static readonly COMPONENT = 'tracking-server';

  /** The Service, port 5000, of that name. */
  readonly service: Service;
  /** Labels of the Service. */
  readonly labels: Record<string, string>;
  /** What selects the pods, and the Service. */
  readonly selector: Record<string, string>;

  constructor(scope: Construct, id: string, props: TrackingServerProps) {
    super(scope, id);
    const { version, resources, schema, users } = props;
    const storage = sum(props.temporaryStorage, METRICS_SIZE, LOG_SIZE);
    const component = TrackingServer.COMPONENT;
    const labels = this.labels = componentLabels(this, component, version);
    const selector = this.selector = selectorLabels(this, component);
    const settings = this.settings(props);
    new ConfigMap(this, 'Settings', { metadata: { name: NAME, labels }, data: settings });
    const plugin = new Scripts(this, 'Plugin', {
      name: `${NAME}-plugin`,
      component,
      folder: join(__dirname, 'plugin'),
      files: [...PROGRAMS, ...['METADATA', 'entry_points.txt'].map((file) => `mlflow_platform-1.dist-info/${file}`)],
      generated: users && { [USERS]: usersConfiguration(users) },
    });
    const secrets = new SecretEnvironment('credentials', [
      {
        secret: props.keys,
        variables: {
          'flask-secret-key': 'MLFLOW_FLASK_SERVER_SECRET_KEY',
          'kek-passphrase': 'MLFLOW_CRYPTO_KEK_PASSPHRASE',
          'webhook-key': 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
        },
      },
    ]);
    const store = storeFiles(props.artifacts);

    this.service = new ComponentService(this, 'Service', {
      name: NAME,
      component,
      version,
      port: { name: 'http', port: PORT, nodePort: props.nodePort },
    });

    new ComponentNetworkPolicy(this, 'NetworkPolicy', {
      component,
      from: [{ peers: props.clients ?? [], port: PORT }, { peers: props.scrapers ?? [], port: METRICS_PORT }],
      to: [props.database.destination, props.artifacts.destination, ...destinationsOf(props.callees ?? [], props.clusterDomain ?? CLUSTER_DOMAIN)],
      dns: props.dns,
    });
    if (props.disruptionBudget) new DisruptionBudget(this, 'DisruptionBudget', { name: NAME, component, version, ...props.disruptionBudget });
    if (props.autoscaling) new Autoscaler(this, 'Autoscaler', { name: NAME, component, version, ...props.autoscaling });

    const port = k8s.IntOrString.fromString('http');
    new k8s.KubeDeployment(this, 'Resource', {
      metadata: { name: NAME, labels },
      spec: {
        replicas: props.autoscaling ? undefined : props.replicas ?? 2,
        progressDeadlineSeconds: LONGEST_MIGRATION,
        revisionHistoryLimit: 5,
        selector: { matchLabels: selector },
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(SURGE), maxUnavailable: k8s.IntOrString.fromNumber(0) },
        },
        template: {
          metadata: { labels, annotations: { ...EVICTABLE, 'checksum/inputs': digest([settings, plugin.digest, secrets.revisions, store.revisions, schema.inputs]) } },
          spec: hardenedPod({
            priorityClassName: props.priorityClassName,
            terminationGracePeriodSeconds: DRAIN + GRACE + 10,
            ...spreadOverHosts(selector, props.spread ?? 'hard'),
            initContainers: [schema.gate],
            containers: [{
              name: 'mlflow',
              image: mlflowImage(version),
              ...secrets.launch(['python3', plugin.path('platform_server.py')]),
              envFrom: [{ configMapRef: { name: NAME } }],
              env: [
                { name: 'PYTHONPATH', value: `${plugin.mount.mountPath}:${props.database.programs}` },
                ...users ? [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: plugin.path(USERS) }] : [],
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: [...props.allowedHosts, ...ownAddress].join(',') },
              ],
              ports: [{ name: 'http', containerPort: PORT }, { name: METRICS, containerPort: METRICS_PORT }],
              // Importing MLflow takes each worker ten seconds of CPU, several times that on a busy node.
              startupProbe: { httpGet: { path: '/health', port }, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 100 },
              // Asks the database: a pod that cannot reach it can serve nobody.
              readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
              // Answers without the database and without waiting for a worker thread: a restart mends neither of these.
              livenessProbe: { httpGet: { path: '/health', port }, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
              lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', `touch /tmp/draining && sleep ${DRAIN}`] } } },
              resources: {
                cpu: [resources.requests.cpu, resources.limits.cpu],
                memory: [resources.requests.memory, resources.limits.memory],
                ephemeralStorage: [mebibytes(storage / 2), mebibytes(storage)],
              },
              volumeMounts: [
                { name: 'tmp', mountPath: '/tmp' }, { name: 'metrics', mountPath: METRICS_FOLDER }, plugin.mount, secrets.mount, store.mount, ...props.database.mounts,
              ],
            }],
            volumes: [
              scratchVolume('tmp', props.temporaryStorage),
              scratchVolume('metrics', METRICS_SIZE),
              plugin.volume,
              secrets.volume,
              store.volume,
              ...schema.volumes,
            ],
          }),
        },
      },
    });
  }

  private settings(props: TrackingServerProps): Record<string, string> {
    const { database, artifacts, workers, threads, corsOrigins, resources, largestRequest, demo } = props;
    const { callees = [], clusterDomain = CLUSTER_DOMAIN } = props;
    return {
      MLFLOW_HOST: '0.0.0.0',
      MLFLOW_PORT: String(PORT),
      MLFLOW_WORKERS: String(workers),
      MLFLOW_UVICORN_OPTS: [
        '--timeout-keep-alive 75', // longer than a proxy keeps a connection idle (NGINX: 60 s): it must be the one to close it
        `--timeout-graceful-shutdown ${GRACE}`,
        '--lifespan on', // a worker that fails to start must not serve
        '--timeout-worker-healthcheck 60', // by default a worker that is slow for 5 s is killed
        '--no-proxy-headers', // by default it believes what comes by a port-forward
      ].join(' '),
      MLFLOW_BACKEND_STORE_URI: database.uri(),
      PLATFORM_THREADS: String(threads),
      PLATFORM_NATIVE_THREADS: String(NATIVE_THREADS),
      PLATFORM_LARGEST_REQUEST: String(largestRequest),
      PLATFORM_REQUEST_MEMORY: String(memoryForRequests(quantity(resources.limits.memory)!, workers)),
      PLATFORM_METRICS_PORT: String(METRICS_PORT),
      ...(demo ? { PLATFORM_DEMO: 'true' } : {}),
      // What overflows is closed after each use, and opening it anew takes longer than the query; MLflow ignores an overflow of 0.
      MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: String(poolSize(threads) - 1),
      MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: '1',
      MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE: '1800',
      PGAPPNAME: NAME,
      MLFLOW_ARTIFACTS_DESTINATION: artifactsDestination(artifacts),
      ...bucketVariables(artifacts),
      MLFLOW_EXPOSE_PROMETHEUS: METRICS_FOLDER,
      ...calleeSettings(callees, clusterDomain),
      ...(corsOrigins?.length ? { MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: corsOrigins.join(',') } : {}),
      // Its queue is a file of one pod, so with replicas jobs run twice or never; and it takes 1.3 GB.
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      // It would fetch price lists of models from the internet, by requests that wait for the policy that drops them. The image has lists, too.
      MLFLOW_MODEL_CATALOG_URI: '',
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONNOUSERSITE: '1', // which would be in /tmp
    };
  }
}

/** In bytes. */
function sum(...quantities: string[]): number {
  return quantities.reduce((total, text) => total + quantity(text)!, 0);
}
