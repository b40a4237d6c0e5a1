import { linesAbout } from './refused';

const NOT_A_BUCKET = 'must be 3 to 63 of lower-case letters, digits, "." and "-", as S3 wants it: write e.g. mlflow-artifacts';

test.each([
  ['ab', NOT_A_BUCKET],
  ['b'.repeat(64), NOT_A_BUCKET],
  ['Artifacts', NOT_A_BUCKET],
  ['my_artifacts', NOT_A_BUCKET],
  ['-artifacts', NOT_A_BUCKET],
  ['artifacts-', NOT_A_BUCKET],
  ['.artifacts', NOT_A_BUCKET],
  ['192.168.5.4', 'must not look like an IP address: S3 refuses it'],
  ['my..artifacts', 'must not have ".." or a "-" next to a ".": S3 refuses it'],
  ['my-.artifacts', 'must not have ".." or a "-" next to a ".": S3 refuses it'],
  ['my.-artifacts', 'must not have ".." or a "-" next to a ".": S3 refuses it'],
  ['xn--artifacts', 'has a prefix or suffix that S3 keeps for itself'],
  ['sthree-artifacts', 'has a prefix or suffix that S3 keeps for itself'],
  ['artifacts-s3alias', 'has a prefix or suffix that S3 keeps for itself'],
  ['artifacts--ol-s3', 'has a prefix or suffix that S3 keeps for itself'],
  ['company/mlflow', 'must be the bucket alone: write the folder in it as artifactStore.prefix'],
])('a bucket may not be called %s', (bucket, problem) => {
  const lines = linesAbout(`profile: local\nartifactStore: {provider: embedded, bucket: ${bucket}}`);
  expect(lines).toEqual([`artifactStore.bucket: ${problem}`]);
});

const NO_FOLDER = 'must have no empty folder, "." or "..": write e.g. company/mlflow';
const NO_SLASH = 'must not begin or end with "/": write e.g. company/mlflow';
const NO_PREFIX = 'must be letters, digits and "-", "_", ".", "~", "=", "@" or ":", with "/" between folders: write e.g. company/mlflow';

test.each([
  ['/company/mlflow', NO_SLASH],
  ['company/mlflow/', NO_SLASH],
  ['/', NO_SLASH],
  ['company//mlflow', NO_FOLDER],
  ['company/../mlflow', NO_FOLDER],
  ['..', NO_FOLDER],
  ['company/./mlflow', NO_FOLDER],
  ['company mlflow', NO_PREFIX],
  ['mlflow*', NO_PREFIX],
  ['mlflow?x', NO_PREFIX],
  ['mlflow#x', NO_PREFIX],
  ['mlflow%2e', NO_PREFIX],
  ['größe', NO_PREFIX],
  ['', 'must not be empty: remove it, for all of the bucket'],
  ['a'.repeat(129), 'must be 128 characters or shorter'],
])('a prefix may not be %j', (prefix, problem) => {
  const lines = linesAbout(`profile: local\nartifactStore: {provider: s3, prefix: "${prefix}"}`);
  expect(lines).toEqual([expect.stringMatching(/^artifactStore\.prefix: /)]);
  expect(lines[0]).toContain(problem);
});

test.each(['mlflow', 'company/mlflow', 'team=ml/mlflow@prod', 'a.b_c-d~e', 'a'.repeat(128)])('a prefix may be %s', (prefix) => {
  expect(linesAbout(`profile: local\nartifactStore: {provider: s3, prefix: "${prefix}"}`)).toEqual([]);
});
