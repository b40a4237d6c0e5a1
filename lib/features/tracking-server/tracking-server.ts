import { join } from 'node:path';
import { ConfigMap, k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { storeFiles } from '../artifact-store/bucket';
import { mebibytes, quantity } from '../../kit/quantity';
import { ComponentNetworkPolicy } from '../../kit/network/component-network-policy';
import { SecretEnvironment } from '../../kit/secrets/secret-environment';
import { SecretFiles } from '../../kit/secrets/secret-files';
import { usersConfiguration } from '../users/users';
import { mlflowImage } from '../../versions';
import { ComponentService } from '../../kit/workload/component-service';
import { digest } from '../../kit/workload/digest';
import { DisruptionBudget } from '../../kit/workload/disruption-budget';
import { EVICTABLE } from '../../kit/workload/evictable';
import { hardenedPod, scratchVolume } from '../../kit/workload/hardened-pod';
import { componentLabels, selectorLabels } from '../../kit/workload/labels';
import { Scripts } from '../../kit/workload/scripts';
import { spreadOverHosts } from '../../kit/workload/spread';
import { ownAddress, PORT } from './allowed-hosts';
import { Autoscaler } from './autoscaler';
import { destinationsOf } from './callees';
import { SURGE } from './capacity';
import { CLUSTER_DOMAIN, METRICS, serverVariables, STOP } from './server-variables';
import type { TrackingServerProps } from './tracking-server-props';

const NAME = 'mlflow';
const STORE_PROGRAMS = ['proxied_artifacts.py', 'store_client.py', 'store_errors.py', 'store_patience.py', 'missing_artifacts.py'];
const PROGRAMS = [
  'answers.py', 'authorities.py', 'bodies.py', 'flask_bridge.py', 'last_bytes.py', 'metrics_port.py', 'mlflow_command.py', 'passwords.py', 'places.py', 'platform_app.py',
  'platform_server.py', 'platform_users.py', 'readiness.py', 'spans.py', 'traces.py', 'trouble.py', 'working_loop.py', ...STORE_PROGRAMS,
];
const USERS = 'users.ini';
const METRICS_SIZE = '64Mi';
const LOG_SIZE = '256Mi';

/** Seconds that new pods may wait for a migration before the Deployment is called failed. The Job that migrates fails by itself, and much sooner. */
const LONGEST_MIGRATION = 6 * 3600;

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
    const settings = serverVariables(props);
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
    const authorities = props.authorities ? [new SecretFiles('authorities', [{ secret: props.authorities, files: { 'ca.crt': 'ca.crt' } }])] : [];

    const files = [secrets, storeFiles(props.artifacts), ...authorities];

    this.service = new ComponentService(this, 'Service', {
      name: NAME,
      component,
      version,
      port: { name: 'http', port: PORT, nodePort: props.nodePort },
    });

    new ComponentNetworkPolicy(this, 'NetworkPolicy', {
      component,
      from: [{ peers: props.clients ?? [], port: PORT }, { peers: props.scrapers ?? [], port: METRICS.port }],
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
          metadata: { labels, annotations: { ...EVICTABLE, 'checksum/inputs': digest([settings, plugin.digest, ...files.map(({ revisions }) => revisions), schema.inputs]) } },
          spec: hardenedPod({
            priorityClassName: props.priorityClassName,
            terminationGracePeriodSeconds: STOP.drain + STOP.requests + 10,
            ...spreadOverHosts(selector, props.spread ?? 'hard'),
            initContainers: [schema.gate],
            containers: [{
              name: 'mlflow',
              image: mlflowImage(version),
              ...secrets.launch(['python3', plugin.path('platform_server.py')]),
              envFrom: [{ configMapRef: { name: NAME } }],
              env: [
                { name: 'PYTHONPATH', value: `${plugin.mount.mountPath}:${props.database.programs}` },
                ...authorities.map((each) => ({ name: 'PLATFORM_AUTHORITIES', value: each.path('ca.crt') })),
                ...users ? [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: plugin.path(USERS) }] : [],
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: [...props.allowedHosts, ...ownAddress].join(',') },
              ],
              ports: [{ name: 'http', containerPort: PORT }, { name: METRICS.name, containerPort: METRICS.port }],
              // Importing MLflow takes each worker ten seconds of CPU, several times that on a busy node.
              startupProbe: { httpGet: { path: '/health', port }, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 100 },
              // Asks the database: a pod that cannot reach it can serve nobody.
              readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
              // Answers without the database and without waiting for a worker thread: a restart mends neither of these.
              livenessProbe: { httpGet: { path: '/health', port }, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
              lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', `touch /tmp/draining && sleep ${STOP.drain}`] } } },
              resources: {
                cpu: [resources.requests.cpu, resources.limits.cpu],
                memory: [resources.requests.memory, resources.limits.memory],
                ephemeralStorage: [mebibytes(storage / 2), mebibytes(storage)],
              },
              volumeMounts: [
                { name: 'tmp', mountPath: '/tmp' }, { name: 'metrics', mountPath: METRICS.folder }, plugin.mount, ...files.map(({ mount }) => mount), ...props.database.mounts,
              ],
            }],
            volumes: [
              scratchVolume('tmp', props.temporaryStorage),
              scratchVolume('metrics', METRICS_SIZE),
              plugin.volume,
              ...files.map(({ volume }) => volume),
              ...schema.volumes,
            ],
          }),
        },
      },
    });
  }
}

/** In bytes. */
function sum(...quantities: string[]): number {
  return quantities.reduce((total, text) => total + quantity(text)!, 0);
}
