import { join } from 'node:path';
import { Construct } from 'constructs';
import { connectionsOf, type Connection, type Part } from '../../kit/network/connection';
import { SecretEnvironment, type SecretReference } from '../../kit/secrets/secret-environment';
import { SecretFiles } from '../../kit/secrets/secret-files';
import { images, mlflowImage } from '../../versions';
import { scratchVolume, type HardenedContainer } from '../../kit/workload/hardened-pod';
import { ANOTHER_ATTEMPT_IS_USELESS, OneTimeJob } from '../../kit/workload/one-time-job';
import { Scripts } from '../../kit/workload/scripts';
import { AUTHORITY, authorityFiles, awsVariables, bucketVariables, type Bucket } from './bucket';
import { userPolicy } from './user-policy';

const PROGRAMS = ['set_up_store.py', 'store.py', 'bucket.py', 'lifecycle.py'];
const CLIENT_FOLDER = '/opt/mc';

export interface BucketJobProps {
  /** Release of MLflow, whose image has the S3 client. */
  readonly version: string;
  /** Whose the bucket is, by the tag that it gets: markOf() of the environment. */
  readonly platform: string;
  /** The bucket to make, and the Secret of the user that the tracking server has. */
  readonly bucket: Bucket;
  /** Days after which overwritten and deleted objects are gone for good. */
  readonly expireOldVersionsAfterDays: number;
  /** Days after which the parts of an upload that never ended are removed. */
  readonly abortUploadsAfterDays: number;
  /**
   * Whether the Job fails where the bucket keeps no old versions.
   * @default 'where-possible'
   */
  readonly versioning?: 'where-possible' | 'required';
  /**
   * What others made, and the Job treats as the platform's own.
   * @default - nothing
   */
  readonly takeOver?: { readonly bucket?: boolean; readonly user?: boolean };
  /**
   * Secret, with the keys access-key-id and secret-access-key, of an administrator of a store with MinIO's administration API.
   * @default - the tracking server's own user makes the bucket, and exists
   */
  readonly administrator?: SecretReference;
}

/**
 * Makes the bucket for artifacts: versioned, with a lifecycle, and closed to the public where the store knows that. With an administrator
 * it also makes the tracking server's user, which can read and write this bucket and nothing else. What others made stays as it is.
 */
export class BucketJob extends Construct implements Part {
  static readonly COMPONENT = 'bucket';

  readonly components = [BucketJob.COMPONENT];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, private readonly props: BucketJobProps) {
    super(scope, id);
    this.connections = connectionsOf(this, BucketJob.COMPONENT, [props.bucket.destination]);
    const { bucket, administrator } = props;
    const scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${BucketJob.COMPONENT}`,
      component: BucketJob.COMPONENT,
      folder: join(__dirname, 'set-up'),
      files: [...PROGRAMS, 'minio_user.py', 'minio_policy.py'],
      shared: ['marks.py', 'waiting.py'],
      generated: administrator && { 'policies.json': `${JSON.stringify(userPolicy(bucket, props.platform), null, 2)}\n` },
    });
    const secrets = new SecretEnvironment('bucket-maker', [
      { secret: administrator ?? bucket.secret, variables: awsVariables },
      ...administrator ? [{ secret: bucket.secret, variables: { 'access-key-id': 'USER_ID', 'secret-access-key': 'USER_KEY' } }] : [],
    ]);
    const authority = bucket.authority && new SecretFiles('store-authority', authorityFiles(bucket.authority));
    new OneTimeJob(this, 'Job', {
      component: BucketJob.COMPONENT,
      inputs: [scripts.digest, ...secrets.revisions, ...authority?.revisions ?? []],
      finalExitCode: ANOTHER_ATTEMPT_IS_USELESS,
      pod: {
        initContainers: administrator && [client],
        containers: [{
          name: 'bucket',
          image: mlflowImage(props.version),
          ...secrets.launch(['python3', scripts.path('set_up_store.py')]),
          env: Object.entries({ ...this.variables(), ...authority && { AWS_CA_BUNDLE: authority.path(AUTHORITY) } })
            .map(([name, value]) => ({ name, value })),
          terminationMessagePolicy: 'FallbackToLogsOnError',
          resources: { cpu: ['100m', '200m'], memory: ['128Mi', '256Mi'], ephemeralStorage: ['32Mi', '64Mi'] },
          volumeMounts: [
            scripts.mount, { name: 'tmp', mountPath: '/tmp' }, secrets.mount,
            ...authority ? [authority.mount] : [],
            ...administrator ? [{ name: 'client', mountPath: CLIENT_FOLDER, readOnly: true }] : [],
          ],
        }],
        volumes: [
          scripts.volume, secrets.volume, scratchVolume('tmp', '32Mi'),
          ...authority ? [authority.volume] : [],
          ...administrator ? [scratchVolume('client', '128Mi')] : [],
        ],
      },
    });
  }

  private variables(): Record<string, string> {
    const { bucket, platform, versioning = 'where-possible', takeOver = {}, administrator } = this.props;
    return {
      ...bucketVariables(bucket),
      BUCKET: bucket.name,
      ...bucket.prefix === undefined ? {} : { PREFIX: bucket.prefix },
      PLATFORM: platform,
      VERSIONING: versioning,
      TAKE_OVER: Object.entries(takeOver).filter(([, wanted]) => wanted).map(([what]) => what).join(' ') || 'nothing',
      EXPIRE_OLD_VERSIONS_AFTER_DAYS: String(this.props.expireOldVersionsAfterDays),
      ABORT_UPLOADS_AFTER_DAYS: String(this.props.abortUploadsAfterDays),
      ...administrator && { MC: `${CLIENT_FOLDER}/mc` },
      HOME: '/tmp',
      PYTHONDONTWRITEBYTECODE: '1',
    };
  }
}

/** Lends its program, which needs no other file, to the one that decides what to do with it. */
const client: HardenedContainer = {
  name: 'client',
  image: images.objectStoreClient,
  command: ['/bin/sh', '-c'],
  args: [`cp "$(command -v mc)" ${CLIENT_FOLDER}/mc`],
  resources: { cpu: ['100m', '200m'], memory: ['32Mi', '64Mi'], ephemeralStorage: ['64Mi', '128Mi'] },
  volumeMounts: [{ name: 'client', mountPath: CLIENT_FOLDER }],
};
