import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { Client, nothingFailed } from './client';
import { runDocumented } from './documented';
import { FULL } from './form';
import { applyCustomResourceDefinitions, applySecret, complete, deleteNamespaces, eventually, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut } from './kubectl';
import { MODEST, Workspace } from './platform';
import { SharedServices } from './shared-services';

/** The mode that permits less is the short form. */
const MODES = FULL ? ['session', 'transaction'] : ['transaction'];
const SHARED = 'e2e-pooler';
const CLIENTS = 'e2e-pooler-clients';
const NAMESPACES = MODES.map((mode) => `${SHARED}-${mode}`);
const ROLE = { username: 'mlflow', password: 'the-role-of-old' };
const ADMINISTRATOR = { username: 'datahub', password: 'the-administrators-password' };

let shared: SharedServices;
let client: Client;

async function startPooler(mode: string): Promise<void> {
  await kubectl(['-n', SHARED, 'apply', '-f', '-'], readFileSync(join(__dirname, 'pooler.yaml'), 'utf8').replaceAll('MODE', mode));
  await rolledOut(SHARED, `deployment/pooler-${mode}`, 60);
}

/** MLflow 2.10.0 as it was set up by hand, behind the pooler of a mode, on a database that is called after it. */
async function startByHand(namespace: string, mode: string): Promise<void> {
  await shared.sql(`CREATE DATABASE "${mode}" OWNER mlflow`);
  await kubectl(['create', 'namespace', namespace]);
  const manifests = readFileSync(join(__dirname, 'set-up-by-hand.yaml'), 'utf8');
  await kubectl(['-n', namespace, 'apply', '-f', '-'], manifests.replace('postgres-shared:5432/mlflow', `pooler-${mode}.${SHARED}:6432/${mode}`)
    .replaceAll('http://minio:9000', `http://minio.${SHARED}:9000`));
  await applySecret(namespace, 'mlflow-database', ROLE);
  await applySecret(namespace, 'mlflow-database-administrator', ADMINISTRATOR);
  await applySecret(namespace, 'mlflow-object-store', { 'access-key-id': 'mlflow', 'secret-access-key': 'the-servers-own-key' });
  await applySecret(namespace, 'mlflow-object-store-administrator', { 'access-key-id': 'minioadmin', 'secret-access-key': 'the-administrators-key' });
  await applySecret(namespace, 'mlflow-server-keys', { 'flask-secret-key': 'f'.repeat(43), 'kek-passphrase': 'k'.repeat(43), 'webhook-key': `${'w'.repeat(43)}=` });
  await rolledOut(namespace, 'deployment/mlflow', 120);
}

function workspace(namespace: string, mode: string): Workspace {
  return new Workspace('production').copyFromRepository({
    namespace: { name: namespace },
    tracking: { resources: MODEST },
    database: { host: `pooler-${mode}.${SHARED}.svc.cluster.local`, port: 6432, name: mode },
    artifactStore: { endpoint: `http://minio.${SHARED}.svc.cluster.local:9000` },
    network: { clients: [{ namespace: CLIENTS }] },
  });
}

/** A second schema Job in addition to that of the manifests, whose files it waits for. */
async function applyTwin(manifests: string): Promise<void> {
  const job = load(readFileSync(join(manifests, '17-job-mlflow-schema.yaml'), 'utf8')) as { metadata: { name: string } };
  await kubectl(['apply', '-f', '-'], JSON.stringify({ ...job, metadata: { ...job.metadata, name: `${job.metadata.name}-twin` } }));
}

beforeAll(async () => {
  await deleteNamespaces(SHARED, CLIENTS, ...NAMESPACES);
  await applyCustomResourceDefinitions();
  shared = await SharedServices.start(SHARED);
  await eventually(30, () => shared.sql(`CREATE ROLE mlflow LOGIN PASSWORD '${ROLE.password}'`));
  await applySecret(SHARED, 'poolers', { users: [ROLE, ADMINISTRATOR].map(({ username, password }) => `"${username}" "${password}"\n`).join('') });
  await Promise.all(MODES.map(startPooler));
  client = await Client.start(CLIENTS);
});

afterAll(() => leaveNamespaces(SHARED, CLIENTS, ...NAMESPACES));

test.each(MODES)('behind PgBouncer in %s mode an upgrade by two Jobs at once migrates once, and nothing fails', async (mode) => {
  const namespace = `${SHARED}-${mode}`;
  await startByHand(namespace, mode);
  const [before] = await shared.sql('SELECT version_num FROM alembic_version', mode);
  const platform = workspace(namespace, mode);
  const written = await client.writing(`http://mlflow.${namespace}.svc.cluster.local:5000`, async () => {
    await applyTwin(platform.render());
    await runDocumented('docs/upgrade.md', 'from a platform set up by hand', { namespace, folder: platform.folder });
    await complete(namespace, 'schema', 180);
  });
  expect(written).toMatchObject(nothingFailed);
  expect(written.acknowledged).toBeGreaterThan(100);
  const log = await logs(namespace, 'schema');
  expect(log.match(/migrating the schema from/g)).toHaveLength(1);
  expect(log).toContain(`migrating the schema from ${before!}`);
  expect(log.match(/is at \w+ already/g)).toHaveLength(1);
  expect(restarts(await pods(namespace, 'tracking-server'))).toBe(0);
  expect(await shared.sql('SELECT pid FROM pg_locks WHERE locktype = \'advisory\'', mode)).toEqual([]);
});
