import { join } from 'node:path';
import { ConfigMap, k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { storeFiles } from '../artifact-store/bucket';
import { mebibytes, quantity } from '../../kit/quantity';
import { connectionsOf, type Connection, type Part } from '../../kit/network/connection';
import { componentPeer, type Destination } from '../../kit/network/peer';
import { SecretEnvironment } from '../../kit/secrets/secret-environment';
import { SecretFiles } from '../../kit/secrets/secret-files';
import { usersConfiguration } from '../users/configuration';
import { mlflowImage } from '../../versions';
import { ComponentService } from '../../kit/workload/component-service';
import { digest } from '../../kit/workload/digest';
import { scratchVolume, type Resources } from '../../kit/workload/hardened-pod';
import { componentLabels } from '../../kit/workload/labels';
import { ReplicatedServer } from '../../kit/workload/replicated-server';
import { Scripts } from '../../kit/workload/scripts';
import { ownAddress } from './allowed-hosts';
import { Autoscaler } from './autoscaler';
import { destinationsOf } from './callees';
import { NAME, PORT } from './names';
import { CLUSTER_DOMAIN, METRICS, READY_WITHIN, serverVariables, STOP } from './server-variables';
import type { TrackingServerProps } from './tracking-server-props';

const STORE_PROGRAMS = ['proxied_artifacts.py', 'store_client.py', 'store_errors.py', 'store_patience.py', 'missing_artifacts.py'];
const PROGRAMS = [
  'answers.py', 'asgi.py', 'authorities.py', 'bodies.py', 'flask_bridge.py', 'last_bytes.py', 'metrics_port.py', 'mlflow_command.py', 'passwords.py', 'places.py', 'platform_app.py',
  'platform_server.py', 'platform_users.py', 'readiness.py', 'spans.py', 'traces.py', 'trouble.py', 'working_loop.py', ...STORE_PROGRAMS,
];
const USERS = 'users.ini';

/** Key of the Secret to MLflow's variable. */
const KEYS = {
  'flask-secret-key': 'MLFLOW_FLASK_SERVER_SECRET_KEY',
  'kek-passphrase': 'MLFLOW_CRYPTO_KEK_PASSPHRASE',
  'webhook-key': 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
};

const METRICS_SIZE = '64Mi';
const LOG_SIZE = '256Mi';

/** Seconds that new pods may wait for a migration before the Deployment is called failed. The Job that migrates fails by itself, and much sooner. */
const LONGEST_MIGRATION = 6 * 3600;

/** MLflow's tracking server: its Deployment, its settings, its Service, and what may happen to its pods. */
export class TrackingServer extends Construct implements Part {
  static readonly COMPONENT = 'tracking-server';

  /** The Service, port 5000, of that name. */
  readonly service: Service;
  /** Labels of the Service. */
  readonly labels: Record<string, string>;
  /** Where its pods are, for those who use the server. */
  readonly destination: Destination;
  /** The same for those who scrape metrics. */
  readonly metrics: Destination;
  readonly components = [TrackingServer.COMPONENT];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, private readonly props: TrackingServerProps) {
    super(scope, id);
    const { version, artifacts, database, disruptionBudget, autoscaling } = props;
    const named = { name: NAME, component: TrackingServer.COMPONENT, version };
    const itself = componentPeer(this, TrackingServer.COMPONENT);
    this.labels = componentLabels(this, TrackingServer.COMPONENT, version);
    this.destination = { ...itself, port: PORT };
    this.metrics = { ...itself, port: METRICS.port };
    this.connections = [
      ...(props.clients ?? []).map((from) => ({ from, to: this.destination })),
      ...connectionsOf(this, TrackingServer.COMPONENT, [
        database.destination, artifacts.destination, ...destinationsOf(props.callees ?? [], props.clusterDomain ?? CLUSTER_DOMAIN),
      ]),
    ];
    const settings = serverVariables(props);
    new ConfigMap(this, 'Settings', { metadata: { name: NAME, labels: this.labels }, data: settings });
    const plugin = this.plugin();
    const secrets = new SecretEnvironment('credentials', [{ secret: props.keys, variables: KEYS }]);
    const authorities = props.authorities ? [new SecretFiles('authorities', [{ secret: props.authorities, files: { 'ca.crt': 'ca.crt' } }])] : [];
    const files = [secrets, storeFiles(artifacts), ...authorities];
    const storage = sum(props.temporaryStorage, METRICS_SIZE, LOG_SIZE);

    this.service = new ComponentService(this, 'Service', { ...named, port: { name: 'http', port: PORT, nodePort: props.nodePort } });
    if (autoscaling) new Autoscaler(this, 'Autoscaler', { ...named, ...autoscaling });
    new ReplicatedServer(this, 'Server', {
      ...named,
      replicas: autoscaling ? undefined : props.replicas ?? 2,
      progressDeadlineSeconds: LONGEST_MIGRATION,
      inputs: digest([settings, plugin.digest, ...files.map(({ revisions }) => revisions), props.schema.inputs]),
      spread: props.spread,
      disruptionBudget,
      pod: {
        priorityClassName: props.priorityClassName,
        terminationGracePeriodSeconds: STOP.drain + STOP.requests + STOP.lastBytes,
        initContainers: [props.schema.gate],
        containers: [{
          name: 'mlflow',
          image: mlflowImage(version),
          ...secrets.launch(['python3', plugin.path('platform_server.py')]),
          ...this.container(plugin, secrets, authorities[0]),
          resources: this.resources(storage),
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' }, { name: 'metrics', mountPath: METRICS.folder }, plugin.mount, ...files.map(({ mount }) => mount), ...database.mounts,
          ],
        }],
        volumes: [
          scratchVolume('tmp', props.temporaryStorage), scratchVolume('metrics', METRICS_SIZE), plugin.volume,
          ...files.map(({ volume }) => volume), ...props.schema.volumes,
        ],
      },
    });
  }

  /** The programs of the folder plugin/, and MLflow's configuration of its users. */
  private plugin(): Scripts {
    const { users } = this.props;
    return new Scripts(this, 'Plugin', {
      name: `${NAME}-plugin`,
      component: TrackingServer.COMPONENT,
      folder: join(__dirname, 'plugin'),
      files: [...PROGRAMS, ...['METADATA', 'entry_points.txt'].map((file) => `mlflow_platform-1.dist-info/${file}`)],
      generated: users && { [USERS]: usersConfiguration(users) },
    });
  }

  /** How the server runs, and how the kubelet sees that it does. */
  private container(plugin: Scripts, secrets: SecretFiles, authorities?: SecretFiles): Omit<k8s.Container, 'name' | 'image' | 'resources'> {
    const { database, users, allowedHosts } = this.props;
    const port = k8s.IntOrString.fromString('http');
    return {
      envFrom: [{ configMapRef: { name: NAME } }],
      env: [
        { name: 'PYTHONPATH', value: `${plugin.mount.mountPath}:${database.programs}` },
        ...authorities ? [{ name: 'PLATFORM_AUTHORITIES', value: authorities.path('ca.crt') }] : [],
        ...users ? [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: plugin.path(USERS) }] : [],
        { name: 'PLATFORM_CREDENTIALS', value: secrets.mount.mountPath }, // for commands that people start in the pod
        { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: [...allowedHosts, ...ownAddress].join(',') },
      ],
      ports: [{ name: 'http', containerPort: PORT }, { name: METRICS.name, containerPort: METRICS.port }],
      // Importing MLflow takes each worker ten seconds of CPU, several times that on a busy node.
      startupProbe: { httpGet: { path: '/health', port }, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 100 },
      // Asks the database: a pod that cannot reach it can serve nobody.
      readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 5, timeoutSeconds: READY_WITHIN, failureThreshold: 2 },
      // Answers without the database and without waiting for a worker thread: a restart mends neither of these.
      livenessProbe: { httpGet: { path: '/health', port }, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
      lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', `touch ${STOP.draining} && sleep ${STOP.drain}`] } } },
    };
  }

  /** @param storage bytes of local disk */
  private resources(storage: number): Resources {
    const { requests, limits } = this.props.resources;
    return {
      cpu: [requests.cpu, limits.cpu],
      memory: [requests.memory, limits.memory],
      ephemeralStorage: [mebibytes(storage / 2), mebibytes(storage)],
    };
  }
}

/** In bytes. */
function sum(...quantities: string[]): number {
  return quantities.reduce((total, text) => total + quantity(text)!, 0);
}
