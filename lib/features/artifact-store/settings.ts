import { z } from 'zod';
import { hostOfUrl, isReachable, REACHES_NOBODY } from '../../kit/hosts';
import { bytes, days, secretName } from '../../kit/values';
import { problemOfEndpoint } from './endpoints';

const bucketName = () => z.string()
  .refine((name) => !name.includes('/'), { message: 'must be the bucket alone: write the folder in it as artifactStore.prefix', abort: true })
  .regex(/^(?=.{3,63}$)[a-z0-9][a-z0-9.-]*[a-z0-9]$/, 'must be 3 to 63 of lower-case letters, digits, "." and "-", as S3 wants it: write e.g. mlflow-artifacts')
  .refine((name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name), 'must not look like an IP address: S3 refuses it')
  .refine((name) => !/\.\.|\.-|-\./.test(name), 'must not have ".." or a "-" next to a ".": S3 refuses it')
  .refine((name) => !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name), 'has a prefix or suffix that S3 keeps for itself')
  .default('mlflow-artifacts');

const MOST_OF_PREFIX = 128; // the ID of a lifecycle rule, which names the prefix, has 255 characters at most
const prefix = () => z.string()
  .refine((text) => text !== '', { message: 'must not be empty: remove it, for all of the bucket', abort: true })
  .refine((text) => !/^\/|\/$/.test(text), { message: 'must not begin or end with "/": write e.g. company/mlflow', abort: true })
  .refine((text) => !text.split('/').some((folder) => ['', '.', '..'].includes(folder)),
    { message: 'must have no empty folder, "." or "..": write e.g. company/mlflow', abort: true })
  .max(MOST_OF_PREFIX, `must be ${MOST_OF_PREFIX} characters or shorter`)
  .regex(/^[A-Za-z0-9._~=@:/-]*$/, 'must be letters, digits and "-", "_", ".", "~", "=", "@" or ":", with "/" between folders: write e.g. company/mlflow');

/** After which the store forgets, by default. */
export const DAYS = { expireOldVersions: 30, abortUploads: 7 };

const bucket = {
  bucket: bucketName().describe('Bucket for artifacts, versioned and private.'),
  expireOldVersionsAfterDays: days().default(DAYS.expireOldVersions).describe('Days after which overwritten and deleted artifacts are gone for good.'),
  abortUploadsAfterDays: days().default(DAYS.abortUploads).describe('Days after which the parts of an upload that never ended are removed.'),
};

const externalBucket = {
  ...bucket,
  region: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'must be a region: write e.g. us-east-1').default('us-east-1')
    .describe('Its region. What is not Amazon\'s often has none, and takes any.'),
  secret: secretName().default('mlflow-object-store').describe('Secret with the keys access-key-id and secret-access-key of the tracking server\'s user.'),
  prefix: prefix().optional().describe(
    'Folder of the bucket that all artifacts are in, such as company/mlflow, as the end of an earlier server\'s --artifacts-destination. '
    + 'Default: all of the bucket.'),
  caSecret: secretName().optional().describe(
    'Secret with the key ca.crt: certificates, as PEM, of the authorities that the endpoint\'s certificate may be of, instead of the public ones.'),
  versioning: z.enum(['where-possible', 'required'], 'must be where-possible or required').default('where-possible').describe(
    'required: the Job fails where the bucket does not keep old versions. where-possible: it says so, and goes on.'),
  setUp: z.boolean().default(true).describe('False: no Job looks at the store. Bucket and user must exist, and stay as they are.'),
  takeOver: z.strictObject({
    bucket: z.boolean().default(false).describe(
      'True: a bucket that somebody else made is treated as the platform\'s own. It gets the tag mlflow-platform; versioning is switched on, also '
      + 'where it is suspended; public access is blocked; and without a prefix the lifecycle holds for all objects in it: old versions of '
      + 'others\' objects are deleted, too. Others\' lifecycle rules, tags and policies stay. '
      + 'False: such a bucket keeps all its settings, except that rules for what is below the prefix are added to its lifecycle.'),
    user: z.boolean().default(false).describe(
      'True, with an administratorSecret: a user of the name in the Secret, and a policy of the platform\'s name, are treated as the platform\'s own. '
      + 'The user gets the key of the Secret, and that policy in addition to those it has; the policy gets the platform\'s content. '
      + 'False: they stay as they are, and the Job fails where they do not do.'),
  }).prefault({}).describe('What others made, and the Job may change. Default: nothing.'),
};
const NOT_AN_ENDPOINT = 'must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000';

const endpoint = () => z.string()
  .refine((text) => !text.includes('@'), 'must not hold credentials: they belong in a Secret')
  .refine((text) => text.includes('@') || isEndpoint(text), NOT_AN_ENDPOINT)
  .refine((text) => !isEndpoint(text) || isReachable(hostOfUrl(text)!), REACHES_NOBODY)
  .superRefine((text, context) => {
    const message = isEndpoint(text) ? problemOfEndpoint(hostOfUrl(text)!) : undefined;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .transform((text) => text.replace(/\/$/, ''));

function isEndpoint(text: string): boolean {
  return hostOfUrl(text) !== undefined && /^https?:\/\/[^/?#]+\/?$/.test(text);
}

const artifactStore = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('embedded').describe('An S3 store of its own, one pod and one volume: for local use.'),
    storage: bytes({ least: '1Gi' }).default('10Gi').describe('Size of its volume.'),
    ...bucket,
  }),
  z.strictObject({
    provider: z.literal('minio').describe('A MinIO, or a server with its administration API, that exists.'),
    endpoint: endpoint().describe('Its URL.'),
    ...externalBucket,
    administratorSecret: secretName().optional().describe(
      'Secret with the keys access-key-id and secret-access-key of an administrator. With it a Job makes the bucket and a user for the '
      + 'server that can read and write this bucket, or its prefix, and nothing else; default: the server\'s own user makes the bucket.'),
  }),
  z.strictObject({
    provider: z.literal('s3').describe('Any S3 service that exists. The server\'s own user makes the bucket.'),
    endpoint: endpoint().optional().describe('Its URL. Default: Amazon\'s, of the region.'),
    ...externalBucket,
  }),
], 'must have provider: embedded, minio or s3');

export const sections = { artifactStore: artifactStore.prefault({ provider: 'embedded' }).describe('S3.') };
