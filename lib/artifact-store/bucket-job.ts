import { Construct } from 'constructs';
import type { Peer } from '../network/peer';
import { SecretEnvironment, type SecretReference } from '../secrets/secret-environment';
import { images, mlflowImage } from '../versions';
import { scratchVolume, type HardenedContainer } from '../workload/hardened-pod';
import { OneTimeJob } from '../workload/one-time-job';
import { Scripts } from '../workload/scripts';
import { awsVariables, bucketVariables, type Bucket } from './bucket';

export interface BucketJobProps {
  /** Release of MLflow, whose image has the S3 client. */
  readonly version: string;
  /** The bucket to make, and the Secret of the user that the tracking server has. */
  readonly bucket: Bucket;
  /** Days after which overwritten and deleted objects are gone for good. */
  readonly expireOldVersionsAfterDays: number;
  /** Days after which the parts of an upload that never ended are removed. */
  readonly abortUploadsAfterDays: number;
  /**
   * Secret, with the keys access-key-id and secret-access-key, of an administrator of a store with MinIO's administration API.
   * @default - the tracking server's own user makes the bucket, and exists
   */
  readonly administrator?: SecretReference;
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/**
 * Makes the bucket for artifacts: versioned, with a lifecycle, and closed to the public where the store knows that. With an
 * administrator it also makes the tracking server's user, which can read and write this bucket and nothing else.
 */
export class BucketJob extends Construct {
  static readonly COMPONENT = 'bucket';

  constructor(scope: Construct, id: string, props: BucketJobProps) {
    super(scope, id);
    const { bucket, administrator } = props;
    const scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${BucketJob.COMPONENT}`,
      component: BucketJob.COMPONENT,
      folder: __dirname,
      files: ['set_up_bucket.py', ...(administrator ? ['set-up-user.sh'] : [])],
      generated: administrator && { 'policy.json': `${JSON.stringify(readAndWrite(bucket.name), null, 2)}\n` },
    });
    const maker = new SecretEnvironment('bucket-maker', [{ secret: administrator ?? bucket.secret, variables: awsVariables }]);
    const users = administrator && new SecretEnvironment('bucket-user', [
      { secret: administrator, variables: { 'access-key-id': 'ADMINISTRATOR_ID', 'secret-access-key': 'ADMINISTRATOR_KEY' } },
      { secret: bucket.secret, variables: { 'access-key-id': 'USER_ID', 'secret-access-key': 'USER_KEY' } },
    ]);
    const variables = Object.entries({ ...bucketVariables(bucket), BUCKET: bucket.name, HOME: '/tmp' }).map(([name, value]) => ({ name, value }));
    const common = { env: variables, volumeMounts: [scripts.mount, { name: 'tmp', mountPath: '/tmp' }] };

    const makeBucket: HardenedContainer = {
      name: 'bucket',
      image: mlflowImage(props.version),
      ...maker.launch(['python3', scripts.path('set_up_bucket.py')]),
      env: [
        ...common.env,
        { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
        { name: 'EXPIRE_OLD_VERSIONS_AFTER_DAYS', value: String(props.expireOldVersionsAfterDays) },
        { name: 'ABORT_UPLOADS_AFTER_DAYS', value: String(props.abortUploadsAfterDays) },
      ],
      resources: { cpu: ['250m', '500m'], memory: ['128Mi', '256Mi'], ephemeralStorage: ['32Mi', '64Mi'] },
      volumeMounts: [...common.volumeMounts, maker.mount],
    };
    const makeUser: HardenedContainer | undefined = users && {
      name: 'user',
      image: images.objectStoreClient,
      ...users.launch(['/bin/sh', scripts.path('set-up-user.sh')]),
      env: [...common.env, { name: 'MC_CONFIG_DIR', value: '/tmp/mc' }, { name: 'POLICY', value: `${bucket.name}-read-write` }],
      resources: { cpu: ['250m', '500m'], memory: ['128Mi', '256Mi'], ephemeralStorage: ['32Mi', '64Mi'] },
      volumeMounts: [...common.volumeMounts, users.mount],
    };
    new OneTimeJob(this, 'Job', {
      component: BucketJob.COMPONENT,
      inputs: [scripts.digest, ...(users ?? maker).revisions],
      destinations: [bucket.destination],
      dns: props.dns,
      pod: {
        initContainers: makeUser && [makeBucket],
        containers: [makeUser ?? makeBucket],
        volumes: [scripts.volume, maker.volume, ...(users ? [users.volume] : []), scratchVolume('tmp', '32Mi')],
      },
    });
  }
}

/** What the tracking server does with its bucket, and no more. */
function readAndWrite(bucket: string): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation'],
        Resource: [`arn:aws:s3:::${bucket}`],
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  };
}
