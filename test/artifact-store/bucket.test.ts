import { bucketVariables } from '../../lib/artifact-store/bucket';
import { bucket } from '../testing';

test('a bucket of Amazon needs its region only', () => {
  expect(bucketVariables(bucket)).toEqual({ AWS_DEFAULT_REGION: 'eu-west-1' });
});

test('a bucket of another store needs its URL, and is part of the path there', () => {
  expect(bucketVariables({ ...bucket, endpoint: 'http://minio:9000' })).toEqual({
    AWS_DEFAULT_REGION: 'eu-west-1',
    MLFLOW_S3_ENDPOINT_URL: 'http://minio:9000',
    MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'path',
  });
});
