import { z } from 'zod';
import { MLFLOW_VERSION, OLDEST_MLFLOW_VERSION } from '../versions';
import { access, gateway, ingress, internal } from './access';
import { MATCHES_NEARLY_ALL, matchNearlyAll, problemOfNetwork } from './networks';
import { bytes, cpu, databaseName, host, isOlder, label, LABEL_KEY, LABEL_VALUE, positive, priorityClass, secretName, SUBDOMAIN } from './values';

/*
 * The environment file: each value's type, default, constraint and documentation, in this one place.
 * environments/schema.json, which editors read, is generated from it (`npm run schema`). Rules over several values are in rules.ts.
 */

const namespace = z.strictObject({
  name: label().default('mlflow').describe('Namespace that everything is in.'),
  create: z.boolean().default(true).describe(
    'Whether the manifests hold the Namespace itself, which then enforces Pod Security "restricted". False where others own it.'),
});

const tracking = z.strictObject({
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'must be a release of MLflow: write e.g. 3.17.2').default(MLFLOW_VERSION)
    .refine((version) => !/^\d+\.\d+\.\d+$/.test(version) || !isOlder(version, OLDEST_MLFLOW_VERSION.version),
      `${OLDEST_MLFLOW_VERSION.reason}: write ${MLFLOW_VERSION}, or ${OLDEST_MLFLOW_VERSION.version} at least`)
    .describe('Release of MLflow. The image ghcr.io/mlflow/mlflow:v<version>-full is used.'),
  replicas: positive().max(50, 'must be 50 or less').optional().describe('Number of tracking server pods. Default: 2, or what the autoscaler says.'),
  autoscaling: z.strictObject({
    minReplicas: positive().max(50, 'must be 50 or less').default(2).describe('Pods at rest.'),
    maxReplicas: positive().max(50, 'must be 50 or less').describe('Pods under load. The database must bear the connections of all of them.'),
    targetCpuPercent: positive().max(100, 'must be 100 or less').default(70)
      .describe('Percentage of the requested CPU that the pods shall use on average.'),
  }).optional().describe('Changes the number of pods by their load, instead of replicas; needs a metrics server. Default: off.'),
  disruptionBudget: z.strictObject({
    maxUnavailable: z.int('must be a whole number').min(1, 'must be 1 or more: 0 forbids every eviction, and no node could ever be drained')
      .max(50, 'must be 50 or less')
      .describe('Pods that evictions, as of a node\'s drain, may take away at once.'),
  }).optional().describe('Default: one pod at once in production, any number locally.'),
  priorityClassName: priorityClass().optional().describe('PriorityClass, which must exist, of the server\'s pods: whom they may push aside. Default: the cluster\'s.'),
  workers: positive().max(64, 'must be 64 or less').optional().describe(
    'Server processes in each pod. Default: what the memory limit has room for (512Mi, and 512Mi for each), at most one for each core.'),
  threads: positive().max(40, 'must be 40 or less').default(4).describe(
    'Requests that each worker serves at the same time; further ones wait. Each needs up to four database connections.'),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: cpu().default('500m'), memory: bytes().default('1Gi') }).prefault({}),
    limits: z.strictObject({ cpu: cpu().default('1'), memory: bytes().default('2Gi') }).prefault({}),
  }).prefault({}).describe('CPU and memory of each pod.'),
  temporaryStorage: bytes().default('4Gi').describe(
    'Room in /tmp of each pod. Artifacts pass through it, so: the largest artifact times the transfers at the same time.'),
  keysSecret: secretName().default('mlflow-server-keys').describe(
    'Secret with the keys flask-secret-key, kek-passphrase (32 characters or more) and webhook-key (a Fernet key).'),
});

const service = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ClusterIP') }),
  z.strictObject({
    type: z.literal('NodePort'),
    nodePort: z.int().min(30000, 'must be from 30000 to 32767').max(32767, 'must be from 30000 to 32767')
      .describe('Port on every node.'),
  }),
], 'must have type: ClusterIP, or type: NodePort with a nodePort');

const connectionLimit = () => positive().optional().describe(
  'Connections that the role may hold. Default: what the replicas, their workers and threads can open during a rolling update.');

const embeddedDatabase = z.strictObject({
  provider: z.literal('embedded').describe('A PostgreSQL server of its own, one pod and one volume: for local use.'),
  storage: bytes().default('5Gi').describe('Size of its volume.'),
  connectionLimit: connectionLimit(),
});

const externalDatabase = z.strictObject({
  provider: z.literal('external').describe('A PostgreSQL server, version 15 or newer, that exists.'),
  host: host().describe('Its DNS name.'),
  port: z.int().min(1).max(65535).default(5432),
  name: databaseName().default('mlflow').describe('Database of the tracking server.'),
  sslMode: z.enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']).default('prefer')
    .describe('As in libpq: https://www.postgresql.org/docs/current/libpq-ssl.html'),
  connectionLimit: connectionLimit(),
  secret: secretName().default('mlflow-database').describe('Secret with the keys username and password of the tracking server\'s role.'),
  administratorSecret: secretName().optional().describe(
    'Secret with the keys username and password of a role that may create roles and databases. With it a Job sets up role and database; '
    + 'default: they exist.'),
});

const bucketName = () => z.string()
  .regex(/^(?=.{3,63}$)[a-z0-9][a-z0-9.-]*[a-z0-9]$/, 'must be 3 to 63 of lower-case letters, digits, "." and "-", as S3 wants it: write e.g. mlflow-artifacts')
  .refine((name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name), 'must not look like an IP address: S3 refuses it')
  .refine((name) => !/\.\.|\.-|-\./.test(name), 'must not have ".." or a "-" beside a ".": S3 refuses it')
  .refine((name) => !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name), 'has a prefix or suffix that S3 keeps for itself')
  .default('mlflow-artifacts');

const bucket = {
  bucket: bucketName().describe('Bucket for artifacts, versioned and private.'),
  expireOldVersionsAfterDays: positive().default(30).describe('Days after which overwritten and deleted artifacts are gone for good.'),
  abortUploadsAfterDays: positive().default(7).describe('Days after which the parts of an upload that never ended are removed.'),
};

const externalBucket = {
  ...bucket,
  region: z.string().regex(/^[a-z0-9-]+$/, 'must be a region: write e.g. us-east-1').default('us-east-1'),
  secret: secretName().default('mlflow-object-store').describe('Secret with the keys access-key-id and secret-access-key of the tracking server\'s user.'),
};
const endpoint = () => z.string()
  .refine((text) => !text.includes('@'), 'must not hold credentials: they belong in a Secret')
  .refine((text) => text.includes('@') || isEndpoint(text), 'must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000');

function isEndpoint(text: string): boolean {
  const [, name, port] = /^https?:\/\/([^:/]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return name !== undefined && SUBDOMAIN.test(name) && (port === undefined || (Number(port) >= 1 && Number(port) <= 65535))
    && URL.canParse(text) && new URL(text).hostname === name; // which is another where it is read as an octal or a short address
}

const artifactStore = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('embedded').describe('An S3 store of its own, one pod and one volume: for local use.'),
    storage: bytes().default('10Gi').describe('Size of its volume.'),
    ...bucket,
  }),
  z.strictObject({
    provider: z.literal('minio').describe('A MinIO, or a server with its administration API, that exists.'),
    endpoint: endpoint().describe('Its URL.'),
    ...externalBucket,
    administratorSecret: secretName().optional().describe(
      'Secret with the keys access-key-id and secret-access-key of an administrator. With it a Job makes the bucket and a user for the '
      + 'server that can read and write this bucket and nothing else; default: the server\'s own user makes the bucket.'),
  }),
  z.strictObject({
    provider: z.literal('s3').describe('Any S3 service that exists. The server\'s own user makes the bucket.'),
    endpoint: endpoint().optional().describe('Its URL. Default: Amazon\'s, of the region.'),
    ...externalBucket,
  }),
], 'must have provider: embedded, minio or s3');

const labelMap = () => z.record(
  z.string().regex(LABEL_KEY, 'must be a label key as Kubernetes takes it: write e.g. release'),
  z.string().regex(LABEL_VALUE, 'must be a label value as Kubernetes takes it: write e.g. prometheus'),
);

const cidr = () => z.string().superRefine((text, context) => {
  const problem = problemOfNetwork(text);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

const peerFields = {
  namespace: label().optional().describe('Namespace of the pods.'),
  podLabels: labelMap().refine((labels) => Object.keys(labels).length > 0, 'must name a label, or be left out: then all pods of the namespace are meant').optional()
    .describe('Labels of the pods. Default: all pods of the namespace.'),
  cidrs: z.array(cidr()).min(1, 'must name a network: write e.g. [10.20.0.0/16]')
    .refine((networks) => networks.some(problemOfNetwork) || !matchNearlyAll(networks), MATCHES_NEARLY_ALL).optional()
    .describe('Networks, where there are no pods to name.'),
};
const NOT_A_PEER = 'must have a namespace, perhaps with podLabels, or cidrs: write e.g. {namespace: training}';
interface PeerFields { namespace?: unknown; podLabels?: unknown; cidrs?: unknown }
const podsOrNetworks = ({ namespace, podLabels, cidrs }: PeerFields) => (namespace === undefined) !== (cidrs === undefined) && !(cidrs && podLabels);
const nothingOrOneOfThem = (fields: PeerFields) => podsOrNetworks(fields) || !(fields.namespace ?? fields.podLabels ?? fields.cidrs);
const port = () => z.int('must be a whole number').min(1, 'must be from 1 to 65535').max(65535, 'must be from 1 to 65535');

const peer = () => z.strictObject(peerFields).refine(podsOrNetworks, NOT_A_PEER);
const destination = () => z.strictObject({ ...peerFields, port: port().describe('Port of the pods or addresses.') }).refine(podsOrNetworks, NOT_A_PEER);
const server = (itself: string) => z.strictObject({
  ...peerFields,
  port: port().optional().describe('Port of the pods or addresses, where it is another than that of the Service in front of them.'),
}).refine(nothingOrOneOfThem, NOT_A_PEER).optional().describe(
  `${itself}. Default: what its host tells: the pods of a Service's namespace, or, as policies know no names, any address, and in each case its port only.`);

const network = z.strictObject({
  clients: z.array(peer()).default([]).describe('Who uses the tracking server without the way in: the namespaces that train.'),
  ingressController: peer().optional().describe(
    'The pods by which requests from outside come. Default, where there is an Ingress: {namespace: ingress-nginx} or {namespace: traefik}; '
    + 'where there is a gateway: its own proxies in envoy-gateway-system.'),
  prometheus: peer().optional().describe('Who scrapes metrics. Default, where there is a ServiceMonitor: {namespace: monitoring}.'),
  dns: z.array(peer()).min(1, 'must name a peer, or be left out').optional().describe(
    'The cluster\'s DNS. With NodeLocal DNSCache: [{cidrs: [169.254.20.10/32, the address of the Service kube-dns/32]}]. '
    + 'Default: the pods k8s-app: kube-dns of kube-system.'),
  database: server('Where an external database is'),
  objectStore: server('Where an external object store is'),
  destinations: z.array(destination()).default([]).describe('Further peers that the server connects to: receivers of webhooks, model providers.'),
});

const metrics = z.strictObject({
  serviceMonitor: z.boolean().default(false).describe('Whether the cluster has Prometheus Operator, to be told what to scrape.'),
  labels: labelMap().default({}).describe('Labels that its Prometheus selects ServiceMonitors by, e.g. release: prometheus.'),
});

export const environmentSchema = z.strictObject({
  profile: z.enum(['local', 'production'], 'must be local or production').default('production').describe(
    'local: keeps passwords in .secrets/, spreads replicas where it can, may hold its own database and object store. '
    + 'production: names Secrets that exist, puts no two replicas on one host while another takes pods, answers to no host but the named ones.'),
  clusterDomain: host().default('cluster.local').describe('DNS domain of the cluster.'),
  namespace: namespace.prefault({}),
  secretsRevision: positive().default(1).describe(
    'Increase it after a change inside an existing Secret: the Jobs that use it run again and the server\'s pods are replaced.'),
  tracking: tracking.prefault({}).describe('The tracking server.'),
  service: service.default({ type: 'ClusterIP' }).describe('The tracking server\'s Service, port 5000.'),
  database: z.discriminatedUnion('provider', [embeddedDatabase, externalDatabase], 'must have provider: embedded or external')
    .prefault({ provider: 'embedded' }).describe('PostgreSQL.'),
  artifactStore: artifactStore.prefault({ provider: 'embedded' }).describe('S3.'),
  gateway: gateway.optional().describe('The way in from outside the cluster by the Gateway API. Default: none.'),
  ingress: ingress.optional().describe('The way in from outside the cluster by an Ingress, instead of a gateway. Default: none.'),
  internal: internal.optional().describe('Names inside the company, beside the public ones. Default: none.'),
  access: access.optional().describe('Who is let in. Default: locally, or without a way in, everybody who reaches the server (none).'),
  metrics: metrics.prefault({}).describe('Prometheus.'),
  network: network.prefault({}).describe('Who may connect to whom; nobody else can.'),
});

/** What an environment file says, defaults filled in. */
export type EnvironmentSpec = z.output<typeof environmentSchema>;

/** An environment: its name, which is its file's and its output folder's, and what the file says. */
export interface Environment extends EnvironmentSpec {
  readonly name: string;
}
