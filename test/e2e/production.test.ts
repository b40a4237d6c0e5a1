import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { servedPaths } from '../../lib/features/access/served-paths';
import { Client } from './client';
import { runDocumented } from './documented';
import { longTest } from './form';
import { apply, applyCustomResourceDefinitions, complete, deleteNamespaces, eventually, get, kubectl, leaveNamespaces, pods, restarts, rolledOut, servers } from './kubectl';
import { MODEST, Workspace } from './platform';
import { SharedServices } from './shared-services';

const NAMESPACE = 'e2e-production';
const SHARED = 'e2e-shared';
const CLIENTS = 'e2e-production-clients';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;
const SEARCH = '/api/2.0/mlflow/experiments/search?max_results=1';
const PASSWORD = 'p@ss:/w%rd#?&\'"\\ ü';
const ADMINISTRATOR = 'platform-administrator';

const workspace = new Workspace('production');
let manifests: string;
let client: Client;

/** The repository's production environment, moved to namespaces of its own. It makes the first of them. */
function render(changes: Record<string, object | number> = {}): string {
  return workspace.copyFromRepository({
    namespace: { name: NAMESPACE, create: true },
    tracking: { resources: MODEST },
    database: { host: `postgres-shared.${SHARED}.svc.cluster.local` },
    artifactStore: { endpoint: `http://minio.${SHARED}.svc.cluster.local:9000` },
    network: { clients: [{ namespace: CLIENTS }] },
    ...changes,
  }).render();
}

/** Makes the Secrets by the documented commands. */
async function makeSecrets(): Promise<void> {
  await runDocumented('docs/production.md', 'Secrets', {
    namespace: NAMESPACE,
    variables: { POSTGRES_USER: ADMINISTRATOR, POSTGRES_PASSWORD: PASSWORD, MINIO_USER: 'minioadmin', MINIO_PASSWORD: 'the-administrators-key' },
  });
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, SHARED, CLIENTS);
  await applyCustomResourceDefinitions();
  const shared = await SharedServices.start(SHARED);
  // No superuser, as managed databases give none.
  await eventually(30, () => shared.sql(`CREATE ROLE "${ADMINISTRATOR}" LOGIN CREATEROLE CREATEDB PASSWORD '${PASSWORD.replaceAll('\'', '\'\'')}'`));
  manifests = render();
  await apply(join(manifests, 'namespace'));
  await makeSecrets();
  await apply(manifests);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  client = await Client.start(CLIENTS);
});

afterAll(() => leaveNamespaces(NAMESPACE, SHARED, CLIENTS));

test('it runs next to shared services, in a namespace that enforces Pod Security "restricted", on two hosts, without a restart', async () => {
  const found = await pods(NAMESPACE, 'tracking-server');
  expect(new Set(found.map(({ spec }) => spec.nodeName)).size).toBe(2);
  expect(restarts((await get('-n', NAMESPACE, 'pods')).items)).toBe(0);
});

test('a second apply and kubectl diff change nothing', async () => {
  const versions = async () => (await get('-f', manifests)).items.map(({ metadata }) => [metadata.name, metadata.generation]);
  const before = await versions();
  const lines = (await apply(manifests)).trim().split('\n');
  // A budget's selector is merged by replacement, so kubectl sends it at every apply, and calls that configured.
  expect(lines.filter((line) => !line.endsWith(' unchanged')))
    .toEqual(['mlflow-token-verifier', 'mlflow'].map((name) => `poddisruptionbudget.policy/${name} configured`));
  expect(await versions()).toEqual(before);
  expect((await kubectl(['diff', '-f', manifests])).stdout).toBe('');
});

test('a real client writes and reads through the Service and both replicas', async () => {
  await client.python('write_and_read.py', SERVICE, ...await servers(NAMESPACE));
});

test('the bucket in the shared store holds the artifacts, versioned', async () => {
  const found = JSON.parse(await client.python('bucket.py', `http://minio.${SHARED}.svc.cluster.local:9000`, 'mlflow-artifacts', 'minioadmin',
    'the-administrators-key', 'describe')) as { describe: { versioning: string; keys: string[] } };
  expect(found.describe.versioning).toBe('Enabled');
  expect(found.describe.keys.some((key) => key.endsWith('five-megabytes.bin'))).toBe(true);
});

test('it answers to the Ingress\'s hosts, its own names, its address and a port-forward, and to nothing wider', async () => {
  const [server] = await servers(NAMESPACE);
  const hosts = ['mlflow.254carbon.com', 'mlflow.254carbon.com:443', 'mlflow.local', `mlflow.${NAMESPACE}.svc.cluster.local:5000`, new URL(server!).host,
    'localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:18080'];
  for (const host of hosts) expect([host, await client.status(server! + SEARCH, { Host: host })]).toEqual([host, 200]);
  for (const host of ['10.0.0.1:5000', '10.evil.com', 'localhost.evil.com', '127.0.0.1.evil.com:5000', 'mlflow.254carbon.com.evil.com']) {
    expect([host, await client.status(server! + SEARCH, { Host: host })]).toEqual([host, 403]);
  }
});

test('the port-forward that the program tells answers', async () => {
  const forward = spawn('kubectl', ['-n', NAMESPACE, 'port-forward', 'svc/mlflow', '0:5000']);
  try {
    const [first] = await once(forward.stdout, 'data') as [Buffer];
    const port = /127\.0\.0\.1:(\d+)/.exec(first.toString())![1]!;
    const answer = await fetch(`http://localhost:${port}${SEARCH}`, { method: 'GET' });
    expect([answer.status, Object.keys(await answer.json() as object)]).toEqual([200, ['experiments', 'next_page_token']]);
  } finally {
    forward.kill();
  }
});

test('pages of its own hosts may change things, pages of others may not', async () => {
  const [server] = await servers(NAMESPACE);
  const post = (origin: string) => client.status(`${server!}/ajax-api/2.0/mlflow/experiments/search`, {
    'Host': 'mlflow.254carbon.com', 'Origin': origin, 'Content-Type': 'application/json',
  }, 'POST');
  expect(await post('https://evil.example.com')).toBe(403);
  expect(await post('https://mlflow.254carbon.com')).not.toBe(403);
});

test('the Ingress serves every route of the real server but the ones that are known not to be public', async () => {
  const routes = (await client.python('routes.py')).trim().split('\n');
  expect(routes.length).toBeGreaterThan(100);
  const served = (route: string) => servedPaths.some(({ path, match }) => route === path || (match === 'Prefix' && route.startsWith(`${path}/`)));
  expect(routes.filter((route) => !served(route))).toEqual(['/build/<path:filename>']); // Flask's own name of /static-files
  expect(served('/metrics')).toBe(false);
});

longTest('a password that changed in its Secret is set again after secretsRevision is raised', async () => {
  const data = { password: Buffer.from(PASSWORD).toString('base64') };
  await kubectl(['-n', NAMESPACE, 'patch', 'secret', 'mlflow-database', '-p', JSON.stringify({ data })]);
  const old = (await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid);
  await apply(render({ secretsRevision: 2 }));
  await complete(NAMESPACE, 'database-set-up', 240); // it waits until running servers have read the new password
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  await eventually(90, async () => {
    const now = await pods(NAMESPACE, 'tracking-server');
    expect(now).toHaveLength(2);
    expect(now.filter(({ metadata }) => old.includes(metadata.uid))).toEqual([]);
  });
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
  await client.python('write_and_read.py', SERVICE, ...await servers(NAMESPACE));
});

test('the administrator\'s Secret is in the set-up Jobs only', async () => {
  const deployment = JSON.stringify(await get('-n', NAMESPACE, 'deployment', 'mlflow'));
  expect(deployment).not.toContain('administrator');
});

test('what is done with the folder of the platform leaves the Namespace, its Secrets and what others have in it', async () => {
  const names = async (kinds: string) => (await get('-n', NAMESPACE, kinds)).items.map(({ metadata }) => metadata.name).sort();
  await kubectl(['-n', NAMESPACE, 'create', 'configmap', 'theirs']);
  const before = await names('secrets');
  expect(before).toEqual(expect.arrayContaining(['mlflow-database', 'mlflow-server-keys']));
  await kubectl(['delete', '-f', manifests, '--timeout=120s']);
  expect(await names('secrets')).toEqual(before);
  expect(await names('configmaps')).toContain('theirs');
  expect(await names('deployments,services,networkpolicies,poddisruptionbudgets')).toEqual([]);
  const { status } = await get<{ status: { phase: string } }>('namespace', NAMESPACE);
  expect(status.phase).toBe('Active');
});
