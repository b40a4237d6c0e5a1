import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client';
import { runDocumented } from './documented';
import { selfSigned } from '../certificates';
import { EncryptedMinio, ROOT } from './encrypted-minio';
import { longTest } from './form';
import { apply, applySecret, complete, deleteNamespaces, eventually, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut, servers } from './kubectl';
import { MODEST, Workspace } from './platform';
import { embeddedPostgres, sql } from './sql';

const NAMESPACE = 'e2e-store';
const SHARED = 'e2e-store-shared';
const CLIENTS = 'e2e-store-clients';
const JOBS = 'e2e-store-jobs';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;
const BUCKET = 'shared';
const AUTHORITY = '/tmp/authority.crt';

let minio: EncryptedMinio;
let client: Client;
let before: unknown;

/** An environment whose store is that MinIO; the database is its own. */
function render(name: string, namespace: string, artifactStore: object): string {
  return new Workspace(name).write({
    profile: 'local',
    namespace: { name: namespace },
    tracking: { resources: MODEST },
    artifactStore: { provider: 'minio', endpoint: minio.endpoint, caSecret: 'store-authority', secret: 'store-user', ...artifactStore },
    network: { clients: [{ namespace: CLIENTS }] },
  }).render();
}

const keys = (id: string, key: string) => ({ 'access-key-id': id, 'secret-access-key': key });

async function bucket(name: string, user: { id: string; key: string }, action: string): Promise<unknown> {
  return (JSON.parse(await client.python('bucket.py', minio.endpoint, name, user.id, user.key, action)) as Record<string, unknown>)[action];
}

async function everything(): Promise<unknown> {
  return { bucket: await bucket(BUCKET, ROOT, 'everything'), users: (await minio.usersAndPolicies()).filter((line) => !line.includes('"mlflow"') && !line.includes('read-write')) };
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, SHARED, CLIENTS, JOBS);
  minio = await EncryptedMinio.start(SHARED);
  client = await Client.start(CLIENTS, { variables: { AWS_CA_BUNDLE: AUTHORITY } });
  await kubectl(['-n', CLIENTS, 'exec', '-i', 'client', '--', 'sh', '-c', `cat > ${AUTHORITY}`], minio.authority);
  await minio.addUser('shop', 'the-shops-key', ['s3:GetObject'], [`arn:aws:s3:::${BUCKET}/audit/*`]);
  await minio.addUser('limited', 'the-limited-key', ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], ['arn:aws:s3:::limited/*']);
  await bucket(BUCKET, ROOT, 'make_theirs');
  await bucket('limited', ROOT, 'make_theirs');
  before = await everything();
  for (const namespace of [NAMESPACE, JOBS]) {
    await kubectl(['create', 'namespace', namespace]);
    await applySecret(namespace, 'store-authority', { 'ca.crt': minio.authority });
  }
  await applySecret(NAMESPACE, 'store-user', keys('mlflow', 'the-servers-key'));
  await applySecret(NAMESPACE, 'store-administrator', keys(ROOT.id, ROOT.key));
  await apply(render('store', NAMESPACE, { bucket: BUCKET, prefix: 'company/mlflow', administratorSecret: 'store-administrator' }));
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
});

afterAll(() => leaveNamespaces(NAMESPACE, SHARED, CLIENTS, JOBS));

test('a real client writes and reads below the prefix, in a store whose certificate is of an authority of one\'s own', async () => {
  await client.python('write_and_read.py', SERVICE, ...await servers(NAMESPACE));
  const { keys: found } = await bucket(BUCKET, ROOT, 'describe') as { keys: string[] };
  expect(found.filter((key) => !key.startsWith('company/mlflow/'))).toEqual(['audit/2019.pdf']);
  expect(found.some((key) => key.endsWith('five-megabytes.bin'))).toBe(true);
});

test('the bucket, the users and the policies of others are byte for byte as before, after a second run, too', async () => {
  await complete(NAMESPACE, 'bucket');
  expect(await everything()).toEqual(before);
  await kubectl(['-n', NAMESPACE, 'delete', 'jobs', '-l', 'app.kubernetes.io/component=bucket']);
  await apply(render('store', NAMESPACE, { bucket: BUCKET, prefix: 'company/mlflow', administratorSecret: 'store-administrator' }));
  await complete(NAMESPACE, 'bucket');
  expect(await everything()).toEqual(before);
  expect(await logs(NAMESPACE, 'bucket')).toContain('user mlflow may do what the server does');
});

test('the documented check finds every artifact, and lists a run whose place is of a former server', async () => {
  const check = () => runDocumented('docs/upgrade.md', 'artifacts that cannot be read', { namespace: NAMESPACE })
    .catch((error: unknown) => (error as { stdout: string }).stdout);
  await eventually(60, async () => { expect(await check()).toMatch(/^runs: \d+, of which 0 cannot be read/m); }); // a busy node may be too slow once
  await sql(embeddedPostgres(NAMESPACE), 'mlflow', 'INSERT INTO runs (run_uuid, experiment_id, lifecycle_stage, artifact_uri) VALUES (\'old\', 0, \'active\', \'dbfs:/old\')');
  await eventually(60, async () => { expect(await check()).toContain('cannot be read: run old: dbfs:/old: a place of a former server'); });
});

/** Runs the set-up Job alone, and returns what it says when `condition` is reached. */
async function job(name: string, condition: string, artifactStore: object): Promise<string> {
  await kubectl(['-n', JOBS, 'delete', 'jobs', '--all', '--wait']);
  const folder = render(name, JOBS, artifactStore);
  for (const file of readdirSync(folder).filter((each) => each.includes('mlflow-bucket'))) await apply(join(folder, file));
  await kubectl(['-n', JOBS, 'wait', 'job', '--all', `--for=condition=${condition}`, '--timeout=60s']);
  return logs(JOBS, 'bucket');
}

test('a key that may only read and write objects does: the Job says what it could not do, and fails where the file demands it', async () => {
  await applySecret(JOBS, 'store-user', keys('limited', 'the-limited-key'));
  const said = await job('limited', 'Complete', { bucket: 'limited', prefix: 'mlflow' });
  expect(said).toContain('reading lifecycle rules: cannot, as the store answers 403 AccessDenied');
  expect(await job('demanding', 'Failed', { bucket: 'limited', prefix: 'mlflow', versioning: 'required' })).toContain('artifactStore.versioning: required');
});

test('a Job that does not trust the store says so at once, and goes on when the Secret is right', async () => {
  const { certificate: another } = selfSigned(['another.example.com']);
  await applySecret(JOBS, 'store-authority', { 'ca.crt': another });
  const waiting = job('untrusting', 'Complete', { bucket: 'limited', prefix: 'mlflow' }).catch((error: unknown) => String(error));
  await eventually(40, async () => { expect(await logs(JOBS, 'bucket')).toContain('waiting: the store\'s certificate is not accepted: '); });
  await applySecret(JOBS, 'store-authority', { 'ca.crt': minio.authority });
  await kubectl(['-n', JOBS, 'delete', 'pods', '--all', '--wait=false', '--grace-period=1']); // rather than wait for the kubelet to refresh the file
  expect(await waiting).toContain('bucket limited');
});

longTest('a key that changes in the store and in the Secret is used by the running pods', async () => {
  await applySecret(NAMESPACE, 'store-user', keys('mlflow', 'another-key'));
  await minio.mc('printf \'%s\\n%s\\n\' mlflow another-key | mc admin user add store');
  const list = async (server: string) => client.status(`${server}/api/2.0/mlflow-artifacts/artifacts`);
  await eventually(150, async () => {
    for (const server of await servers(NAMESPACE)) expect(await list(server)).toBe(200);
  });
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
});
