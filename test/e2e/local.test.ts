import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { METRICS } from '../../lib/features/tracking-server/server-variables';
import { Client, python } from './client';
import { longTest } from './form';
import { apply, complete, deleteNamespaces, eventually, get, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut, servers } from './kubectl';
import { Workspace } from './platform';
import { embeddedPostgres, sql } from './sql';
import { whoReachesWhat } from './who-reaches-what';

const NAMESPACE = 'e2e-local';
const CLIENTS = 'e2e-local-clients';
const PASSWORD = 'p@ss:/w%rd#?&\'"\\ ü';
const STRANGERS = 'e2e-local-strangers';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;
const STORE = `http://mlflow-object-store.${NAMESPACE}.svc.cluster.local:9000`;
const BUCKET = 'mlflow-artifacts';
const postgres = embeddedPostgres(NAMESPACE);
const secrets = {
  'mlflow-database': { username: 'mlflow', password: PASSWORD },
  'mlflow-object-store': { 'access-key-id': 'mlflow', 'secret-access-key': 'the-servers-own-key' },
  'mlflow-object-store-administrator': { 'access-key-id': 'administrator', 'secret-access-key': 'the-administrators-key' },
};

const among = (component: string) => ({ namespace: STRANGERS, podLabels: { 'app.kubernetes.io/component': component } });
const environment = {
  namespace: { name: NAMESPACE },
  network: {
    clients: [{ namespace: CLIENTS }],
    ingressController: among('ingress-controller'),
    prometheus: among('prometheus'),
    destinations: [{ ...among('receiver'), port: 8000 }],
  },
};
const workspace = new Workspace('local').copyFromRepository(environment).writeSecrets(secrets);
let manifests: string;
let client: Client;
let secondsToReady: number;

/** Done in a pod of the server: no other reaches the store. */
async function bucket(user: 'mlflow-object-store' | 'mlflow-object-store-administrator', ...actions: string[]): Promise<Record<string, never>> {
  const { 'access-key-id': id, 'secret-access-key': key } = secrets[user];
  return JSON.parse(await python(NAMESPACE, 'deployment/mlflow', 'bucket.py', STORE, BUCKET, id, key, ...actions)) as Record<string, never>;
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS, STRANGERS);
  manifests = workspace.render();
  const start = Date.now();
  await apply(manifests);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 120);
  secondsToReady = (Date.now() - start) / 1000;
  client = await Client.start(CLIENTS);
});

afterAll(() => leaveNamespaces(NAMESPACE, CLIENTS, STRANGERS));

test('one apply on an empty cluster ends within 120 s in two ready replicas on two hosts, without a restart', async () => {
  const found = await pods(NAMESPACE, 'tracking-server');
  expect(found).toHaveLength(2);
  expect(new Set(found.map(({ spec }) => spec.nodeName)).size).toBe(2);
  expect(secondsToReady).toBeLessThan(120);
  expect(restarts((await get('-n', NAMESPACE, 'pods')).items)).toBe(0);
});

test('a second apply, and kubectl diff, change nothing', async () => {
  const lines = (await apply(manifests)).trim().split('\n');
  expect(lines.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
  expect((await kubectl(['diff', '-f', manifests])).stdout).toBe('');
});

test('a real client writes experiments, runs, metrics, artifacts and models, and reads them back through the Service and both replicas', async () => {
  await client.python('write_and_read.py', SERVICE, ...await servers(NAMESPACE));
});

test('artifacts are in the bucket, which is versioned and tidied up', async () => {
  const { describe: found } = await bucket('mlflow-object-store-administrator', 'describe') as unknown as
    { describe: { versioning: string; lifecycle: { ID: string }[]; keys: string[]; versions: string[] } };
  expect(found.versioning).toBe('Enabled');
  expect(found.lifecycle.map(({ ID }) => ID)).toContain('mlflow-platform-old-versions-after-30-days');
  expect(found.keys.some((key) => key.endsWith('data/five-megabytes.bin'))).toBe(true);
  expect(found.versions).not.toContain('null');
});

test('the server\'s user can read and write its bucket and nothing else', async () => {
  await bucket('mlflow-object-store-administrator', 'create_other');
  const { permissions } = await bucket('mlflow-object-store', 'permissions');
  expect(permissions).toEqual({
    'put': 'allowed',
    'get': 'allowed',
    'list': 'allowed',
    'delete': 'allowed',
    'list other': 'AccessDenied',
    'put other': 'AccessDenied',
    'create bucket': 'AccessDenied',
    'list buckets': [BUCKET],
    'delete bucket': 'AccessDenied',
    'suspend versioning': 'AccessDenied',
    'open to public': 'AccessDenied',
  });
});

test('the role owns its database, has a connection limit, no other privilege, and PUBLIC has nothing', async () => {
  expect(await sql(postgres, 'mlflow', 'SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = \'mlflow\'')).toEqual(['mlflow']);
  expect(await sql(postgres, 'mlflow', `SELECT rolconnlimit > 0, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles
                    WHERE rolname = 'mlflow'`)).toEqual(['t|f|f|f|f|f']);
  expect(await sql(postgres, 'mlflow', `SELECT privilege_type FROM pg_database, aclexplode(datacl) WHERE datname = 'mlflow' AND grantee = 0
                    UNION SELECT privilege_type FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'public' AND grantee = 0`)).toEqual([]);
});

test('the database notices within 20 s that a host of the server lost its power', async () => {
  expect(await sql(postgres, 'mlflow', 'SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = \'mlflow\'')).toEqual([
    'tcp_keepalives_idle=10s', 'tcp_keepalives_interval=5s', 'tcp_keepalives_count=2', 'tcp_user_timeout=20s',
    'client_connection_check_interval=10s',
  ]);
});

test('it answers to every name it has, and to no other', async () => {
  const [server] = await servers(NAMESPACE);
  const path = '/api/2.0/mlflow/experiments/search?max_results=1';
  const address = new URL(server!).host;
  const forms = ['mlflow', `mlflow.${NAMESPACE}`, `mlflow.${NAMESPACE}.svc`, `mlflow.${NAMESPACE}.svc.cluster.local`];
  for (const host of [...forms.flatMap((form) => [form, `${form}:5000`]), address, 'localhost:5000', '127.0.0.1:18080']) {
    expect([host, await client.status(`${server!}${path}`, { Host: host })]).toEqual([host, 200]);
  }
  for (const host of ['example.com', '10.evil.com', `mlflow.${NAMESPACE}.svc.evil.com`, '10.1.2.3:5000', '']) {
    expect([host, await client.status(`${server!}${path}`, { Host: host })]).not.toEqual([host, 200]);
  }
});

test('uploads that do not get on keep no call waiting', async () => {
  const [server] = await servers(NAMESPACE);
  expect(Number(await client.python('slow_uploads.py', server!))).toBeLessThan(5);
});

test('scrapes of a pod answer 200 and count requests', async () => {
  const [server] = await servers(NAMESPACE);
  const [pod] = await pods(NAMESPACE, 'tracking-server');
  // In the pod itself, because of others only Prometheus is let through.
  const count = async () => Number(await python(NAMESPACE, pod!.metadata.name, 'metrics.py', `http://${pod!.status.podIP!}:${METRICS.port}/metrics`));
  const before = await count();
  for (let request = 0; request < 5; request++) await client.status(`${server!}/api/2.0/mlflow/experiments/search?max_results=1`);
  await eventually(10, async () => { expect(await count()).toBeGreaterThanOrEqual(before + 5); });
});

test('no secret value is in a pod, a ConfigMap, a log, or the arguments or the surroundings of a process', async () => {
  const objects = JSON.stringify(await get('-n', NAMESPACE, 'pods,configmaps,deployments,jobs,statefulsets'));
  const log = await logs(NAMESPACE, 'tracking-server') + await logs(NAMESPACE, 'database-set-up') + await logs(NAMESPACE, 'schema')
    + await logs(NAMESPACE, 'bucket') + await logs(NAMESPACE, 'postgres');
  const { stdout: processes } = await kubectl(['-n', NAMESPACE, 'exec', 'deployment/mlflow', '-c', 'mlflow', '--',
    'sh', '-c', 'env; for file in /proc/[0-9]*/cmdline; do tr "\\0" " " <$file; echo; done']);
  for (const text of [objects, log, processes]) {
    for (const value of [PASSWORD, JSON.stringify(PASSWORD).slice(1, -1), 'the-servers-own-key', 'the-administrators-key']) {
      expect(text).not.toContain(value);
    }
  }
  expect(processes).toContain('uvicorn');
});

whoReachesWhat({ platform: NAMESPACE, clients: CLIENTS, strangers: STRANGERS });

test('everything survives the loss of every pod', async () => {
  const experiment = (await client.python('write_and_read.py', SERVICE)).trim().split('\n').at(-1)!.split(' ')[0]!;
  await kubectl(['-n', NAMESPACE, 'delete', 'pods', '--all', '--wait=false']);
  await rolledOut(NAMESPACE, 'statefulset/mlflow-postgres', 120);
  await rolledOut(NAMESPACE, 'statefulset/mlflow-object-store', 120);
  await eventually(120, async () => {
    expect(await client.status(`${SERVICE}/api/2.0/mlflow/experiments/get?experiment_id=${experiment}`)).toBe(200);
  });
  await rolledOut(NAMESPACE, 'deployment/mlflow', 120);
});

longTest('a changed setting rolls the pods, and makes no new Job', async () => {
  const before = await get('-n', NAMESPACE, 'jobs');
  workspace.copyFromRepository({ ...environment, tracking: { threads: 3 } });
  const changed = (await apply(workspace.render())).split('\n').filter((line) => line && !line.endsWith('unchanged'));
  expect(changed).toEqual(expect.arrayContaining(['configmap/mlflow configured', 'deployment.apps/mlflow configured']));
  await rolledOut(NAMESPACE, 'deployment/mlflow', 120);
  expect((await get('-n', NAMESPACE, 'jobs')).items.map(({ metadata }) => metadata.uid)).toEqual(
    expect.arrayContaining(before.items.map(({ metadata }) => metadata.uid)));
});

longTest('changed passwords are set again in the database and the artifact store, and roll the pods', async () => {
  secrets['mlflow-object-store']['secret-access-key'] = 'another-key-of-the-server';
  secrets['mlflow-database'].password = 'another password';
  workspace.writeSecrets(secrets);
  const old = (await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid);
  await apply(workspace.render());
  await complete(NAMESPACE, 'database-set-up');
  await complete(NAMESPACE, 'bucket');
  await rolledOut(NAMESPACE, 'deployment/mlflow', 120);
  await eventually(60, async () => {
    expect((await pods(NAMESPACE, 'tracking-server')).filter(({ metadata }) => old.includes(metadata.uid))).toEqual([]);
  });
  await client.python('write_and_read.py', SERVICE, ...await servers(NAMESPACE));
});

test('the program renders the same bytes again', () => {
  const digest = () => execFileSync('sh', ['-c', 'cat * | sha256sum'], { cwd: join(manifests), encoding: 'utf8' });
  const before = digest();
  workspace.render();
  expect(digest()).toBe(before);
});
