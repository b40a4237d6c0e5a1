import { BucketJob, type BucketJobProps } from '../../../lib/features/artifact-store/bucket-job';
import { userPolicy } from '../../../lib/features/artifact-store/user-policy';
import { bucket, find, objectsOf, podOf, secret, secretFiles, testChart, variables } from '../../testing';
import { weaknesses } from '../../weaknesses';

const least: BucketJobProps = { version: '3.17.2', platform: 'mlflow/test', bucket, expireOldVersionsAfterDays: 30, abortUploadsAfterDays: 7 };
const all: Required<BucketJobProps> = {
  ...least,
  bucket: { ...bucket, prefix: 'company/mlflow', endpoint: 'https://minio:9000', authority: secret('the-authority') },
  versioning: 'required',
  takeOver: { bucket: true, user: true },
  administrator: secret('the-administrator'),
};

function objects(props: BucketJobProps) {
  return objectsOf(new BucketJob(testChart(), 'Test', props));
}

describe('with the least props', () => {
  const pod = podOf(objects(least), 'Job');

  test('the server\'s own user makes the bucket', () => {
    expect(pod.initContainers).toBeUndefined();
    expect(pod.containers).toMatchObject([{
      image: 'ghcr.io/mlflow/mlflow:v3.17.2-full', args: ['python3', '/opt/mlflow-bucket/set_up_store.py'],
    }]);
    expect(variables(pod.containers[0]!)).toEqual({
      BUCKET: 'artifacts', AWS_DEFAULT_REGION: 'eu-west-1', EXPIRE_OLD_VERSIONS_AFTER_DAYS: '30', ABORT_UPLOADS_AFTER_DAYS: '7',
      PLATFORM: 'mlflow/test', VERSIONING: 'where-possible', TAKE_OVER: 'nothing', HOME: '/tmp', PYTHONDONTWRITEBYTECODE: '1',
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
    expect(find(objects(least), 'ConfigMap').data).not.toHaveProperty('policies.json');
  });
});

describe('with all props', () => {
  const pod = podOf(objects(all), 'Job');

  test('the administrator makes the bucket and the server\'s user, by the client of MinIO that another image lends', () => {
    expect(pod.initContainers).toMatchObject([{
      image: expect.stringContaining('/mc:') as string, args: ['cp "$(command -v mc)" /opt/mc/mc'], volumeMounts: [{ mountPath: '/opt/mc' }],
    }]);
    expect(pod.containers).toMatchObject([{ args: ['python3', '/opt/mlflow-bucket/set_up_store.py'] }]);
    expect(variables(pod.containers[0]!)).toMatchObject({
      MLFLOW_S3_ENDPOINT_URL: 'https://minio:9000', MC: '/opt/mc/mc', PREFIX: 'company/mlflow', VERSIONING: 'required', TAKE_OVER: 'bucket user',
      AWS_CA_BUNDLE: '/run/secrets/store-authority/ca.crt',
    });
    expect(pod.containers[0]!.volumeMounts!.map(({ mountPath }) => mountPath)).toEqual(expect.arrayContaining(['/opt/mc', '/run/secrets/store-authority']));
    expect(secretFiles(pod, 'store-authority')).toEqual({ 'the-authority/ca.crt': 'ca.crt' });
    expect(secretFiles(pod, 'bucket-maker')).toEqual({
      'the-administrator/access-key-id': 'AWS_ACCESS_KEY_ID',
      'the-administrator/secret-access-key': 'AWS_SECRET_ACCESS_KEY',
      'the-bucket/access-key-id': 'USER_ID',
      'the-bucket/secret-access-key': 'USER_KEY',
    });
  });

  test('the pod is hardened', () => {
    expect(weaknesses(pod)).toEqual([]);
  });

  test('the Job has the policy that the user gets, and the one of earlier releases', () => {
    const { 'policies.json': json } = find(objects(all), 'ConfigMap').data as Record<string, string>;
    expect(JSON.parse(json!)).toEqual(userPolicy(all.bucket, 'mlflow/test'));
  });
});

test('the Job fails at once when the program says that another attempt would end the same', () => {
  expect(find(objects(least), 'Job').spec).toMatchObject({
    podFailurePolicy: { rules: expect.arrayContaining([{ action: 'FailJob', onExitCodes: { operator: 'In', values: [65] } }]) as unknown },
  });
});

test.each<[string, Partial<BucketJobProps>]>([
  ['the bucket', { bucket: { ...bucket, name: 'others' } }],
  ['a lifetime', { expireOldVersionsAfterDays: 31 }],
  ['the lifetime of parts', { abortUploadsAfterDays: 8 }],
  ['the release', { version: '3.18.0' }],
  ['the user\'s Secret', { bucket: { ...all.bucket, secret: secret('the-bucket', '2') } }],
  ['the administrator\'s Secret', { administrator: secret('the-administrator', '2') }],
  ['the authority\'s Secret', { bucket: { ...all.bucket, authority: secret('the-authority', '2') } }],
  ['the prefix', { bucket: { ...all.bucket, prefix: 'other' } }],
  ['what may be taken over', { takeOver: { bucket: true } }],
  ['versioning', { versioning: 'where-possible' }],
])('runs again when %s changes, and not otherwise', (_what, changed) => {
  const named = (props: BucketJobProps) => find(objects(props), 'Job').metadata.name;
  expect(named({ ...all, ...changed })).not.toBe(named(all));
  expect(named(all)).toBe(named(structuredClone(all)));
});
