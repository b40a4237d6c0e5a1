import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { MLFLOW_VERSION } from '../../lib/versions';
import { Client, nothingFailed } from './client';
import { apply, applyCustomResourceDefinitions, complete, deleteNamespaces, eventually, kubectl, logs, pods, restarts, rolledOut } from './kubectl';
import { Workspace } from './platform';
import { SharedServices } from './shared-services';

const PREVIOUS = '3.16.1';
const NAMESPACE = 'e2e-pooler';
const CLIENTS = 'e2e-pooler-clients';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;
const ROLE = { username: 'mlflow', password: 'p@ss:/w%rd#?&\'"\\ ü' };
const ADMINISTRATOR = { username: 'datahub', password: 'the-administrators-password' };

const workspace = new Workspace('production');
let shared: SharedServices;
let client: Client;

/** A platform behind the pooler of a mode, on a database that is called after it. */
function render(mode: string, version: string): string {
  return workspace.copyFromRepository({
    namespace: { name: NAMESPACE },
    tracking: { version, replicas: 1, resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } } },
    database: { host: `pooler-${mode}.${NAMESPACE}.svc.cluster.local`, port: 6432, name: mode, sslMode: 'disable' },
    artifactStore: { endpoint: `http://minio.${NAMESPACE}.svc.cluster.local:9000` },
    network: { clients: [{ namespace: CLIENTS }] },
  }).render();
}

async function secret(name: string, values: Record<string, string>): Promise<void> {
  const literals = Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);
  await kubectl(['-n', NAMESPACE, 'create', 'secret', 'generic', name, ...literals]);
}

async function startPooler(mode: string): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'apply', '-f', '-'], readFileSync(join(__dirname, 'pooler.yaml'), 'utf8').replaceAll('MODE', mode));
  await rolledOut(NAMESPACE, `deployment/pooler-${mode}`, 60);
}

async function settled(): Promise<void> {
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  await eventually(90, async () => { expect(await pods(NAMESPACE, 'tracking-server')).toHaveLength(1); });
}

/** A second schema Job beside the one of the manifests. */
async function applyTwin(manifests: string): Promise<void> {
  const job = load(readFileSync(join(manifests, '17-job-mlflow-schema.yaml'), 'utf8')) as { metadata: { name: string } };
  await kubectl(['apply', '-f', '-'], JSON.stringify({ ...job, metadata: { ...job.metadata, name: `${job.metadata.name}-twin` } }));
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS);
  await applyCustomResourceDefinitions();
  shared = await SharedServices.start(NAMESPACE);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await secret('poolers', { users: [ROLE, ADMINISTRATOR].map(({ username, password }) => `${quoted(username)} ${quoted(password)}\n`).join('') });
  await secret('mlflow-database', ROLE);
  await secret('mlflow-database-administrator', ADMINISTRATOR);
  await secret('mlflow-object-store', { 'access-key-id': 'mlflow', 'secret-access-key': 'the-servers-own-key' });
  await secret('mlflow-object-store-administrator', { 'access-key-id': 'minioadmin', 'secret-access-key': 'the-administrators-key' });
  await secret('mlflow-server-keys', { 'flask-secret-key': 'f'.repeat(43), 'kek-passphrase': 'k'.repeat(43), 'webhook-key': `${'w'.repeat(43)}=` });
  await Promise.all(['session', 'transaction'].map(startPooler));
  client = await Client.start(CLIENTS);
});

afterAll(() => deleteNamespaces(NAMESPACE, CLIENTS));

test.each(['session', 'transaction'])('behind PgBouncer in %s mode an upgrade by two Jobs at once migrates once, and nothing fails', async (mode) => {
  await kubectl(['-n', NAMESPACE, 'delete', 'jobs', '--all']);
  await apply(render(mode, PREVIOUS)); // role and database are made through the pooler, too
  await complete(NAMESPACE, 'database-set-up');
  await settled();
  const before = await shared.sql('SELECT version_num FROM alembic_version', mode);

  const written = await client.writing(SERVICE, async () => {
    const manifests = render(mode, MLFLOW_VERSION);
    await kubectl(['-n', NAMESPACE, 'delete', 'jobs', '-l', 'app.kubernetes.io/component=schema']);
    await applyTwin(manifests);
    await apply(manifests);
    await complete(NAMESPACE, 'schema', 180);
    await settled();
  });
  expect(written).toMatchObject(nothingFailed);
  expect(written.acknowledged).toBeGreaterThan(100);
  const log = await logs(NAMESPACE, 'schema');
  expect(log.match(/migrating the schema from/g)).toHaveLength(1);
  expect(log).toContain(`migrating the schema from ${before[0]!}`);
  expect(log.match(/is at \w+ already/g)).toHaveLength(1);
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
  expect(await shared.sql('SELECT pid FROM pg_locks WHERE locktype = \'advisory\'', mode)).toEqual([]);
});
