import type { Destination } from '../../kit/network/peer';
import { SecretFiles, type SecretReference, type SecretSource } from '../../kit/secrets/secret-files';

/** A bucket of an S3 store, and the Secret of a user of it, with the keys access-key-id and secret-access-key. */
export interface Bucket {
  readonly name: string;
  /**
   * Folder of the bucket that everything is in, such as company/mlflow.
   * @default - all of the bucket
   */
  readonly prefix?: string;
  /** URL of the store; undefined: Amazon's, of the region. */
  readonly endpoint?: string;
  readonly region: string;
  readonly secret: SecretReference;
  /**
   * Secret with the key ca.crt: the authorities that the store's certificate may be of.
   * @default - the public ones
   */
  readonly authority?: SecretReference;
  /** Where the store is, for network policies. */
  readonly destination: Destination;
}

/** Key of the Secret to variable of the AWS SDKs. */
export const awsVariables = { 'access-key-id': 'AWS_ACCESS_KEY_ID', 'secret-access-key': 'AWS_SECRET_ACCESS_KEY' };

/** Variables with which MLflow and the AWS SDKs find the store; none is secret. */
export function bucketVariables({ endpoint, region }: Bucket): Record<string, string> {
  return {
    AWS_DEFAULT_REGION: region,
    ...(endpoint && {
      MLFLOW_S3_ENDPOINT_URL: endpoint,
      // Host names such as bucket.minio.example.com exist at Amazon only.
      MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'path',
      // Checksums at the end of a request, which the SDKs send since 2025, are Amazon's: other stores refuse them, or store them.
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
      AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
    }),
  };
}

/** What MLflow keeps artifacts in. */
export function artifactsDestination({ name, prefix }: Bucket): string {
  return ['s3:/', name, ...prefix === undefined ? [] : [prefix]].join('/');
}

/** What the tracking server signs in to its store with, and knows it by, as files: `store_client.py` reads them again for each request. */
export function storeFiles({ secret, authority }: Bucket): SecretFiles {
  const keys = ['access-key-id', 'secret-access-key'];
  return new SecretFiles('store', [
    { secret, files: Object.fromEntries(keys.map((key) => [key, key])) },
    ...authorityFiles(authority),
  ]);
}

/** The certificates of the authorities, where they are not the public ones. */
export function authorityFiles(authority: SecretReference | undefined): SecretSource[] {
  return authority ? [{ secret: authority, files: { [AUTHORITY]: AUTHORITY } }] : [];
}

/** Key of the Secret, and name of its file. */
export const AUTHORITY = 'ca.crt';

/** Host and port of a bucket's store. */
export function storeAddress({ endpoint, region }: Pick<Bucket, 'endpoint' | 'region'>): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}
