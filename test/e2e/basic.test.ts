import { METRICS } from '../../lib/features/tracking-server/server-variables';
import { Client, python } from './client';
import { floods } from './flood';
import { FULL } from './form';
import { apply, complete, deleteNamespaces, eventually, get, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut, servers } from './kubectl';
import { Workspace } from './platform';
import { embeddedPostgres, sql } from './sql';
import { StandIn } from './stand-in';

const NAMESPACE = 'e2e-basic';
const CLIENTS = 'e2e-basic-clients';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;
const PASSWORD = 'p@ss:/w%rd#?&\'"\\ ü';
const OF_FLASK = '/api/2.0/mlflow/experiments/search?max_results=1';
const OF_FASTAPI = '/api/3.0/mlflow/mcp-servers';
const postgres = embeddedPostgres(NAMESPACE);
const workspace = new Workspace('local')
  .writeSecrets({ 'mlflow-database': { username: 'mlflow', password: PASSWORD }, 'mlflow-administrator': { username: 'admin', password: PASSWORD } })
  .copyFromRepository({ namespace: { name: NAMESPACE }, access: { mode: 'basic' }, network: { clients: [{ namespace: CLIENTS }] } });
let manifests: string;
let client: Client;

function basic(name: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

/** What every server answers to these headers, where Flask serves and where FastAPI does. */
async function answers(headers: Record<string, string>): Promise<number[]> {
  const urls = (await servers(NAMESPACE)).flatMap((server) => [server + OF_FLASK, server + OF_FASTAPI]);
  return Promise.all(urls.map((url) => client.status(url, headers)));
}

const LET_IN = [200, 200, 200, 200];

/** Lets nobody in by these headers, whether it still looks at them or has seen too many. */
async function refuses(headers: Record<string, string>): Promise<void> {
  expect((await answers(headers)).filter((status) => status !== 401 && status !== 429)).toEqual([]);
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS);
  manifests = workspace.render();
  await apply(manifests);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 180);
  await complete(NAMESPACE, 'administrator');
  client = await Client.start(CLIENTS, { variables: { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: PASSWORD } });
});

afterAll(() => leaveNamespaces(NAMESPACE, CLIENTS));

test('two replicas at once on an empty server start without a restart, each database is migrated once, and there is one user', async () => {
  expect(await pods(NAMESPACE, 'tracking-server')).toHaveLength(2);
  expect(restarts((await get('-n', NAMESPACE, 'pods')).items)).toBe(0);
  expect((await logs(NAMESPACE, 'schema')).match(/migrating (the schema|the users' schema) from nothing/g)).toHaveLength(2);
  expect(await logs(NAMESPACE, 'tracking-server')).not.toMatch(/Running upgrade|Created admin user/);
  expect(await sql(postgres, 'mlflow_users', 'SELECT count(*) FROM alembic_version_auth')).toEqual(['1']);
  expect(await sql(postgres, 'mlflow_users', 'SELECT username, is_admin FROM users')).toEqual(['admin|t']);
});

test('a second apply, and kubectl diff, change nothing', async () => {
  const lines = (await apply(manifests)).trim().split('\n');
  expect(lines.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
  expect((await kubectl(['diff', '-f', manifests])).stdout).toBe('');
});

test('the users\' database belongs to the server\'s role, and PUBLIC has nothing', async () => {
  expect(await sql(postgres, 'postgres', 'SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = \'mlflow_users\'')).toEqual(['mlflow']);
  expect(await sql(postgres, 'mlflow_users', `SELECT privilege_type FROM pg_database, aclexplode(datacl) WHERE datname = 'mlflow_users' AND grantee = 0
                    UNION SELECT privilege_type FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'public' AND grantee = 0`)).toEqual([]);
});

test('the administrator of the Secret is let in by every server, and nobody else, least of all by a password that everybody knows', async () => {
  expect(await answers(basic('admin', PASSWORD))).toEqual(LET_IN);
  for (const [name, password] of [['admin', 'password1234'], ['admin', 'password'], ['admin', ''], ['admin', `${PASSWORD}.`], ['', ''], ['mlflow', PASSWORD]]) {
    await refuses(basic(name!, password!));
  }
  for (const headers of [{}, { Authorization: 'Bearer token' }, { Authorization: 'Basic' }, { Authorization: 'Basic %' }, basic('ad\0min', PASSWORD)] as Record<string, string>[]) {
    await refuses(headers);
  }
});

test('without credentials every route of the real server answers 401, except those that probes and pages need before somebody signed in', async () => {
  for (const server of (await servers(NAMESPACE)).slice(0, FULL ? 2 : 1)) {
    const [asked, ...lines] = (await client.python('open_routes.py', server)).trim().split('\n');
    expect(Number(asked)).toBeGreaterThan(1000);
    const others = lines.map((line) => line.split(' ') as [string, string, string]);
    const isThere = ([, , statuses]: [string, string, string]) => statuses !== '404';
    expect(others.filter((each) => !isThere(each)).filter(([, path]) => !/^\/metrics$|^\/static-files\/|\/jobs(\/|$)|\/assistant\/|\/invoke(\/|$)/.test(path))).toEqual([]);
    expect([...new Set(others.filter(isThere).map(([, path]) => path))].sort()).toEqual([
      '/ajax-api/3.0/mlflow/server-info', '/api/3.0/mlflow/server-info', '/health', '/ready', '/static-files/<path:path>',
    ]);
  }
});

test('a real client with name and password writes and reads through the Service and both replicas', async () => {
  await client.python('write_and_read.py', SERVICE, ...await servers(NAMESPACE));
});

test('what a user made nobody else reads, finds or changes before it is permitted, and every server knows at once who may what', async () => {
  const [first, second] = await servers(NAMESPACE);
  await client.python('two_users.py', 'admin', PASSWORD, first!, second!);
});

test('scrapes need no credentials', async () => {
  for (const { metadata, status } of await pods(NAMESPACE, 'tracking-server')) {
    expect(Number(await python(NAMESPACE, metadata.name, 'metrics.py', `http://${status.podIP!}:${METRICS.port}/metrics`))).toBeGreaterThan(0);
  }
});

test('no password is in a pod, a ConfigMap, a log, or the arguments or the surroundings of a process, and the administrator\'s in no server', async () => {
  const objects = JSON.stringify(await get('-n', NAMESPACE, 'pods,configmaps,deployments,jobs,statefulsets'));
  const log = (await Promise.all(['tracking-server', 'database-set-up', 'schema', 'administrator', 'postgres'].map((component) => logs(NAMESPACE, component)))).join();
  const { stdout: processes } = await kubectl(['-n', NAMESPACE, 'exec', 'deployment/mlflow', '-c', 'mlflow', '--',
    'sh', '-c', 'env; for file in /proc/[0-9]*/cmdline; do tr "\\0" " " <$file; echo; done']);
  for (const text of [objects, log, processes]) {
    for (const value of [PASSWORD, JSON.stringify(PASSWORD).slice(1, -1), 'scrypt:']) expect(text).not.toContain(value);
  }
  expect(log).toContain('the administrator admin is made');
  expect(JSON.stringify(await get('-n', NAMESPACE, 'deployment', 'mlflow'))).not.toContain('mlflow-administrator');
});

test('the administrator\'s Job reaches the database and DNS, and not the server', async () => {
  const standIn = await StandIn.start(NAMESPACE, 'administrator', { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': 'local' });
  const address = async (service: string, port: number) =>
    `${(await get<{ spec: { clusterIP: string } }>('-n', NAMESPACE, 'service', service)).spec.clusterIP}:${port}`;
  await new Promise((resolve) => setTimeout(resolve, 3000)); // until every node knows the new pod
  expect(await standIn.reaches({
    'the server': await address('mlflow', 5000),
    'the store': await address('mlflow-object-store', 9000),
    'the database': await address('mlflow-postgres', 5432),
    'dns': 'kubernetes.default.svc.cluster.local:443',
  })).toEqual(['the database', 'dns']);
});

floods(() => ({ namespace: NAMESPACE, client, user: ['admin', PASSWORD] }));

test('a server of another release than the users\' schema never starts', async () => {
  const [head] = await sql(postgres, 'mlflow_users', 'SELECT version_num FROM alembic_version_auth');
  await sql(postgres, 'mlflow_users', 'UPDATE alembic_version_auth SET version_num = \'newer\'');
  const [pod] = await pods(NAMESPACE, 'tracking-server');
  await kubectl(['-n', NAMESPACE, 'delete', 'pod', pod!.metadata.name]);
  await eventually(90, async () => {
    expect(await logs(NAMESPACE, 'tracking-server')).toMatch(/waiting: the users' schema is at newer, which MLflow [\d.]+ does not know/);
  });
  await sql(postgres, 'mlflow_users', `UPDATE alembic_version_auth SET version_num = '${head!}'`);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 180);
});

test('a password that changed in the administrator\'s Secret is set again, and replaces no server', async () => {
  workspace.writeSecrets({ ...workspace.readSecrets(), 'mlflow-administrator': { username: 'admin', password: 'another: pässword%' } });
  const before = (await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid);
  await apply(workspace.render());
  await complete(NAMESPACE, 'administrator');
  expect(await answers(basic('admin', 'another: pässword%'))).toEqual(LET_IN);
  await eventually(12, async () => { await refuses(basic('admin', PASSWORD)); });
  expect((await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid)).toEqual(before);
});
