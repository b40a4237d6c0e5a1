import { userPolicy } from '../../../lib/features/artifact-store/user-policy';

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

function statements(policy: object): readonly Statement[] {
  return (policy as { Statement: readonly Statement[] }).Statement;
}

test('the user may read and write this bucket, and do nothing else', () => {
  const { name, content } = userPolicy({ name: 'artifacts' }, 'mlflow/test');
  expect(name).toBe('artifacts-read-write');
  expect(statements(content).flatMap(({ Resource }) => Resource)).toEqual(['arn:aws:s3:::artifacts', 'arn:aws:s3:::artifacts', 'arn:aws:s3:::artifacts/*']);
  const actions = statements(content).flatMap(({ Action }) => Action);
  expect(actions).toEqual(expect.arrayContaining(['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload']));
  expect(actions.filter((action) => /\*|Policy|Acl|BucketVersioning|DeleteBucket|DeleteObjectVersion/.test(action))).toEqual([]);
});

test('with a prefix the user may list, read and write what is below it alone', () => {
  const { name, content } = userPolicy({ name: 'shared', prefix: 'company/mlflow' }, 'mlflow/test');
  expect(name).toBe('shared+company+mlflow-read-write');
  const [list, , objects] = statements(content);
  expect(list).toMatchObject({ Action: ['s3:ListBucket'], Condition: { StringLike: { 's3:prefix': ['company/mlflow', 'company/mlflow/*'] } } });
  expect(objects!.Resource).toEqual(['arn:aws:s3:::shared/company/mlflow/*']);
});

test('the policy says whose it is, and the one of earlier releases did not', () => {
  const { content, former } = userPolicy({ name: 'artifacts', prefix: 'mlflow' }, 'data-platform/production');
  expect(content).toMatchObject({ ID: 'mlflow-platform data-platform/production' });
  expect(former).not.toHaveProperty('ID');
  expect(statements(former).map(({ Resource }) => Resource)).toEqual([['arn:aws:s3:::artifacts'], ['arn:aws:s3:::artifacts/*']]);
});
