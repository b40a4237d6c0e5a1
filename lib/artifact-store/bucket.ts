import type { Destination } from '../network/peer';
import type { SecretReference } from '../secrets/secret-environment';

/** A bucket of an S3 store, and the Secret of a user of it, with the keys access-key-id and secret-access-key. */
export interface Bucket {
  readonly name: string;
  /** URL of the store; undefined: Amazon's, of the region. */
  readonly endpoint?: string;
  readonly region: string;
  readonly secret: SecretReference;
  /** Where the store is, for network policies. */
  readonly destination: Destination;
}

/** Key of the Secret to variable of the AWS SDKs. */
export const awsVariables = { 'access-key-id': 'AWS_ACCESS_KEY_ID', 'secret-access-key': 'AWS_SECRET_ACCESS_KEY' };

/** Variables by which MLflow and the AWS SDKs find the store; none is secret. */
export function bucketVariables({ endpoint, region }: Bucket): Record<string, string> {
  return {
    AWS_DEFAULT_REGION: region,
    ...(endpoint && {
      MLFLOW_S3_ENDPOINT_URL: endpoint,
      // Host names such as bucket.minio.example.com exist at Amazon only.
      MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'path',
    }),
  };
}

/** Host and port of a bucket's store. */
export function storeAddress({ endpoint, region }: Pick<Bucket, 'endpoint' | 'region'>): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}
