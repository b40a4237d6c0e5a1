import { z } from 'zod';
import { bytes, cpu, positive, priorityClass, secretName } from '../../kit/values';
import { isOlder, MLFLOW_VERSION, OLDEST_MLFLOW_VERSION } from '../../versions';

/** As the tags of its images are: without zeros in front. */
const RELEASE = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;
const NOT_A_RELEASE = `must be a release of MLflow, of three numbers: write e.g. "${MLFLOW_VERSION}"`;
const memory = () => bytes({ least: '128Mi', most: '4Ti' });

const tracking = z.strictObject({
  version: z.string(NOT_A_RELEASE).regex(RELEASE, NOT_A_RELEASE).default(MLFLOW_VERSION)
    .refine((version) => !RELEASE.test(version) || !isOlder(version, OLDEST_MLFLOW_VERSION.version),
      `${OLDEST_MLFLOW_VERSION.reason}: write ${MLFLOW_VERSION}, or ${OLDEST_MLFLOW_VERSION.version} at least`)
    .describe('Release of MLflow. The image ghcr.io/mlflow/mlflow:v<version>-full is used.'),
  replicas: positive().max(50, 'must be 50 or less').optional().describe('Number of tracking server pods. Default: 2, or what the autoscaler says.'),
  autoscaling: z.strictObject({
    minReplicas: positive().max(50, 'must be 50 or less').default(2).describe('Pods at rest.'),
    maxReplicas: positive().max(50, 'must be 50 or less').describe('Pods under load. The database must bear the connections of all of them.'),
    targetCpuPercent: positive().max(100, 'must be 100 or less').default(70)
      .describe('Percentage of the requested CPU that the pods should use on average.'),
  }).optional().describe('Changes the number of pods by their load, instead of replicas; needs a metrics server. Default: off.'),
  disruptionBudget: z.strictObject({
    maxUnavailable: z.int('must be a whole number').min(1, 'must be 1 or more: 0 forbids every eviction, and no node could ever be drained')
      .max(50, 'must be 50 or less')
      .describe('Pods that evictions, as of a node\'s drain, may take away at once.'),
  }).optional().describe('Default: one pod at once in production, any number locally.'),
  priorityClassName: priorityClass().optional().describe('PriorityClass, which must exist, of the server\'s pods: which others they may push aside. Default: the cluster\'s.'),
  workers: positive().max(64, 'must be 64 or less').optional().describe(
    'Server processes in each pod. Default: what the memory limit has room for (512Mi, and 512Mi for each), at most one for each core.'),
  threads: positive().max(40, 'must be 40 or less').default(4).describe(
    'Requests that each worker serves at the same time; further ones wait. Each needs up to four database connections.'),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: cpu().default('500m'), memory: memory().default('1Gi') }).prefault({}),
    limits: z.strictObject({ cpu: cpu().default('1'), memory: memory().default('2Gi') }).prefault({}),
  }).prefault({}).describe('CPU and memory of each pod.'),
  temporaryStorage: bytes({ least: '64Mi', most: '16Ti' }).default('4Gi').describe(
    'Room in /tmp of each pod. Artifacts pass through it, so: the largest artifact times the transfers at the same time.'),
  maxRequestSize: bytes().optional().describe(
    'Largest request, except the upload of an artifact, which has no limit of its own. Default: 32Mi, or what the memory limit has room for. Larger ones are '
    + 'answered with 413.'),
  caSecret: secretName().optional().describe(
    'Secret with the key ca.crt: the company\'s own authorities, which the certificates of network.destinations may be of, in addition to the public ones. '
    + 'Default: the public ones alone.'),
  keysSecret: secretName().optional().describe(
    'Secret with the keys flask-secret-key, kek-passphrase (32 characters or more) and webhook-key (a Fernet key), which must exist. '
    + 'Default: mlflow-server-keys; locally one that is made.'),
});

const service = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ClusterIP') }),
  z.strictObject({
    type: z.literal('NodePort'),
    nodePort: z.int().min(30000, 'must be from 30000 to 32767').max(32767, 'must be from 30000 to 32767')
      .describe('Port on every node.'),
  }),
], 'must have type: ClusterIP, or type: NodePort with a nodePort');

export const sections = {
  tracking: tracking.prefault({}).describe('The tracking server.'),
  service: service.default({ type: 'ClusterIP' }).describe('The tracking server\'s Service, port 5000.'),
};
