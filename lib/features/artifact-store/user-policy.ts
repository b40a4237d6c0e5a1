import type { Bucket } from './bucket';

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

/** What the set-up Job knows of the policy of the server's user. */
export interface UserPolicy {
  /** Its name, by what it permits. */
  readonly name: string;
  readonly content: object;
  /** As earlier releases of this program had it, by that the Job knows it. */
  readonly former: object;
}

/**
 * What the server does with its bucket, or the part of it below the prefix, and no more.
 *
 * @param platform whose policy it is: markOf() of the environment
 */
export function userPolicy({ name: bucket, prefix }: Pick<Bucket, 'name' | 'prefix'>, platform: string): UserPolicy {
  const list: Statement = {
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [`arn:aws:s3:::${bucket}`],
    ...prefix === undefined ? {} : { Condition: { StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } } },
  };
  const statements = [list, { Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: [`arn:aws:s3:::${bucket}`] }, objects(bucket, prefix)];
  return {
    name: `${prefix === undefined ? bucket : `${bucket}+${prefix.replaceAll('/', '+')}`}-read-write`,
    content: { ID: `mlflow-platform ${platform}`, Version: '2012-10-17', Statement: statements },
    former: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation'], Resource: [`arn:aws:s3:::${bucket}`] },
        objects(bucket),
      ],
    },
  };
}

function objects(bucket: string, prefix?: string): Statement {
  return {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    Resource: [`arn:aws:s3:::${[bucket, ...prefix === undefined ? [] : [prefix], '*'].join('/')}`],
  };
}
