import { BucketJob, type BucketJobProps } from '../../lib/artifact-store/bucket-job';
import { bucket, dns, find, objectsOf, podOf, secret, secretFiles, testChart, variables, weaknesses } from '../testing';

const least: BucketJobProps = { version: '3.17.2', bucket, expireOldVersionsAfterDays: 30, abortUploadsAfterDays: 7 };
const all: Required<BucketJobProps> = { ...least, bucket: { ...bucket, endpoint: 'http://minio:9000' }, administrator: secret('the-administrator'), dns };

function objects(props: BucketJobProps) {
  return objectsOf(new BucketJob(testChart(), 'Test', props));
}

describe('with the least props', () => {
  const pod = podOf(objects(least), 'Job');

  test('the server\'s own user makes the bucket', () => {
    expect(pod.initContainers).toBeUndefined();
    expect(pod.containers).toMatchObject([{
      image: 'ghcr.io/mlflow/mlflow:v3.17.2-full', args: ['python3', '/opt/mlflow-bucket/set_up_bucket.py'],
    }]);
    expect(variables(pod.containers[0]!)).toMatchObject({
      BUCKET: 'artifacts', AWS_DEFAULT_REGION: 'eu-west-1', EXPIRE_OLD_VERSIONS_AFTER_DAYS: '30', ABORT_UPLOADS_AFTER_DAYS: '7',
    });
    expect(secretFiles(pod, 'bucket-maker')).toEqual({
      'the-bucket/access-key-id': 'AWS_ACCESS_KEY_ID',
      'the-bucket/secret-access-key': 'AWS_SECRET_ACCESS_KEY',
    });
  });

  test('the pod is hardened', () => {
    expect(weaknesses(pod)).toEqual([]);
  });

  test('there is no user to make', () => {
    expect(Object.keys(find(objects(least), 'ConfigMap').data as object)).toEqual(['set_up_bucket.py']);
  });
});

describe('with all props', () => {
  const pod = podOf(objects(all), 'Job');

  test('the administrator makes the bucket, and then the server\'s user', () => {
    expect(pod.initContainers).toMatchObject([{ args: ['python3', '/opt/mlflow-bucket/set_up_bucket.py'] }]);
    expect(pod.containers).toMatchObject([{ args: ['/bin/sh', '/opt/mlflow-bucket/set-up-user.sh'] }]);
    expect(variables(pod.containers[0]!)).toMatchObject({ MLFLOW_S3_ENDPOINT_URL: 'http://minio:9000', POLICY: 'artifacts-read-write' });
    expect(secretFiles(pod, 'bucket-maker')).toEqual({
      'the-administrator/access-key-id': 'AWS_ACCESS_KEY_ID',
      'the-administrator/secret-access-key': 'AWS_SECRET_ACCESS_KEY',
    });
    expect(secretFiles(pod, 'bucket-user')).toEqual({
      'the-administrator/access-key-id': 'ADMINISTRATOR_ID',
      'the-administrator/secret-access-key': 'ADMINISTRATOR_KEY',
      'the-bucket/access-key-id': 'USER_ID',
      'the-bucket/secret-access-key': 'USER_KEY',
    });
  });

  test('the pod is hardened', () => {
    expect(weaknesses(pod)).toEqual([]);
  });

  test('the user may read and write this bucket, and do nothing else', () => {
    const { 'policy.json': json } = find(objects(all), 'ConfigMap').data as Record<string, string>;
    const { Statement: statements } = JSON.parse(json!) as { Statement: { Effect: string; Action: string[]; Resource: string[] }[] };
    expect(statements.map(({ Effect, Resource }) => ({ Effect, Resource }))).toEqual([
      { Effect: 'Allow', Resource: ['arn:aws:s3:::artifacts'] },
      { Effect: 'Allow', Resource: ['arn:aws:s3:::artifacts/*'] },
    ]);
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload']));
    expect(actions.filter((action) => /\*|Policy|Acl|BucketVersioning|DeleteBucket|DeleteObjectVersion/.test(action))).toEqual([]);
  });
});

test.each<[string, Partial<BucketJobProps>]>([
  ['the bucket', { bucket: { ...bucket, name: 'others' } }],
  ['a lifetime', { expireOldVersionsAfterDays: 31 }],
  ['the lifetime of parts', { abortUploadsAfterDays: 8 }],
  ['the release', { version: '3.18.0' }],
  ['the user\'s Secret', { bucket: { ...all.bucket, secret: secret('the-bucket', '2') } }],
  ['the administrator\'s Secret', { administrator: secret('the-administrator', '2') }],
])('runs again when %s changes, and not otherwise', (_what, changed) => {
  const named = (props: BucketJobProps) => find(objects(props), 'Job').metadata.name;
  expect(named({ ...all, ...changed })).not.toBe(named(all));
  expect(named(all)).toBe(named(structuredClone(all)));
});
