import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Part } from '../../kit/network/connection';
import type { Bucket } from './bucket';
import { SecretEnvironment, type SecretReference } from '../../kit/secrets/secret-environment';
import { images } from '../../versions';
import { scratchVolume } from '../../kit/workload/hardened-pod';
import { SingleServer } from '../../kit/workload/single-server';

const COMPONENT = 'object-store';
const NAME = `mlflow-${COMPONENT}`;
const PORT = 9000;

export interface EmbeddedStoreProps {
  /** Size of the volume, as a quantity. */
  readonly storage: string;
  /** Secret of the root user, with the keys access-key-id and secret-access-key. */
  readonly administrator: SecretReference;
}

/** An S3 store of one pod with one volume, which outlives the pod. For local use: there is one copy of every object. */
export class EmbeddedStore extends Construct implements Part {
  readonly components = [COMPONENT];
  /** It connects to nobody. */
  readonly connections = [];
  /** Where clients find it, and where network policies do. */
  readonly address: Pick<Bucket, 'endpoint' | 'region' | 'destination'>;

  constructor(scope: Construct, id: string, { storage, administrator }: EmbeddedStoreProps) {
    super(scope, id);
    const secrets = new SecretEnvironment('administrator', [
      { secret: administrator, variables: { 'access-key-id': 'MINIO_ROOT_USER', 'secret-access-key': 'MINIO_ROOT_PASSWORD' } },
    ]);

    const port = k8s.IntOrString.fromString('s3');
    const ready = { httpGet: { path: '/minio/health/ready', port }, timeoutSeconds: 5 };
    const server = new SingleServer(this, 'Server', {
      name: NAME,
      component: COMPONENT,
      version: images.objectStore.tag,
      port: { name: 's3', port: PORT },
      storage,
      // The root user is read at every start.
      inputs: secrets.revisions,
      pod: {
        terminationGracePeriodSeconds: 30,
        containers: [{
          name: 'object-store',
          image: images.objectStore,
          // The program's name differs between the forks; the image's own entry point knows it. So the secrets come as files.
          args: ['server', '/data', '--address', `:${PORT}`, '--console-address', ':9001'],
          env: [
            { name: 'MINIO_ROOT_USER_FILE', value: `${secrets.mount.mountPath}/MINIO_ROOT_USER` },
            { name: 'MINIO_ROOT_PASSWORD_FILE', value: `${secrets.mount.mountPath}/MINIO_ROOT_PASSWORD` },
            { name: 'MINIO_UPDATE', value: 'off' },
            { name: 'MINIO_BROWSER', value: 'off' },
            { name: 'HOME', value: '/tmp' },
          ],
          ports: [{ name: 's3', containerPort: PORT }],
          startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60 },
          readinessProbe: { ...ready, periodSeconds: 5 },
          livenessProbe: { httpGet: { path: '/minio/health/live', port }, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
          resources: { cpu: ['250m', '500m'], memory: ['512Mi', '1Gi'], ephemeralStorage: ['128Mi', '256Mi'] },
          volumeMounts: [{ name: 'data', mountPath: '/data' }, { name: 'tmp', mountPath: '/tmp' }, secrets.mount],
        }],
        volumes: [scratchVolume('tmp', '64Mi'), secrets.volume],
      },
    });
    // The store's own region, as it is told no other.
    this.address = { endpoint: `http://${NAME}:${PORT}`, region: 'us-east-1', destination: server.destination };
  }
}
