import { artifactsDestination, bucketVariables, storeFiles } from '../../../lib/features/artifact-store/bucket';
import type { SecretFiles } from '../../../lib/kit/secrets/secret-files';
import { bucket, secret } from '../../testing';

test('a bucket of Amazon needs its region only', () => {
  expect(bucketVariables(bucket)).toEqual({ AWS_DEFAULT_REGION: 'eu-west-1' });
});

test('a bucket of another store needs its URL, and is part of the path there', () => {
  expect(bucketVariables({ ...bucket, endpoint: 'http://minio:9000' })).toEqual({
    AWS_DEFAULT_REGION: 'eu-west-1',
    MLFLOW_S3_ENDPOINT_URL: 'http://minio:9000',
    MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'path',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
    AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
  });
});

test.each<[string, string | undefined, string]>([
  ['a bucket', undefined, 's3://artifacts'],
  ['a folder of a bucket', 'company/mlflow', 's3://artifacts/company/mlflow'],
])('artifacts are in %s', (_what, prefix, destination) => {
  expect(artifactsDestination({ ...bucket, prefix })).toBe(destination);
});

test('the server finds its keys, and the authorities of its store, in files', () => {
  const files = ({ volume }: SecretFiles) => volume.projected!.sources!
    .map(({ secret: source }) => [source!.name, source!.items!.map(({ path }) => path)]);
  expect(files(storeFiles(bucket))).toEqual([['the-bucket', ['access-key-id', 'secret-access-key']]]);
  expect(files(storeFiles({ ...bucket, authority: secret('the-authority') })).at(-1)).toEqual(['the-authority', ['ca.crt']]);
  expect(storeFiles(bucket).mount.mountPath).toBe('/run/secrets/store');
});
