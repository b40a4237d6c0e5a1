import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MLFLOW_VERSION } from '../../lib/versions';
import { Client, nothingFailed, python } from './client';
import { runDocumented } from './documented';
import { FULL, longTest } from './form';
import { apply, applyCustomResourceDefinitions, applySecret, deleteNamespaces, eventually, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut } from './kubectl';
import { MODEST, Workspace } from './platform';
import { SharedServices } from './shared-services';

/** A release with an older schema. Environment files no longer allow it. Its image is named in images.yaml. */
const PREVIOUS = '3.16.1';

const NAMESPACE = 'e2e-upgrade';
const CLIENTS = 'e2e-upgrade-clients';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;

const workspace = new Workspace('production');
let shared: SharedServices;
let client: Client;

/** The repository's production environment, moved to a namespace of its own. */
function render(version: string, database: string): string {
  const manifests = workspace.copyFromRepository({
    namespace: { name: NAMESPACE },
    tracking: { resources: MODEST },
    database: { host: `postgres-shared.${NAMESPACE}.svc.cluster.local`, name: database, connectionLimit: 100 },
    artifactStore: { endpoint: `http://minio.${NAMESPACE}.svc.cluster.local:9000` },
    network: { clients: [{ namespace: NAMESPACE }, { namespace: CLIENTS }] },
  }).render();
  if (version !== MLFLOW_VERSION) makeOf(version, manifests);
  return manifests;
}

/** Makes rendered manifests those of another release. */
function makeOf(version: string, manifests: string): void {
  for (const file of readdirSync(manifests).map((name) => join(manifests, name))) {
    const text = readFileSync(file, 'utf8').replaceAll(MLFLOW_VERSION, version);
    writeFileSync(file, file.includes('-job-') ? text.replace(/^( {2}name: .*-)[0-9a-f]{8}$/m, `$1${version.replaceAll('.', '-')}`) : text);
  }
}

async function documented(title: string): Promise<void> {
  await runDocumented('docs/upgrade.md', title, { namespace: NAMESPACE, folder: workspace.folder });
}

async function settled(): Promise<void> {
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  await eventually(90, async () => { expect(await pods(NAMESPACE, 'tracking-server')).toHaveLength(2); });
}

/** Everything that defines the database's schema. */
async function schemaOf(database: string): Promise<string> {
  return (await shared.run('pg_dump', '-U', 'datahub', '--schema-only', database)).replaceAll(/^\\.*$/gm, ''); // except pg_dump's random key
}

async function revisionOf(database: string): Promise<string> {
  return (await shared.sql('SELECT version_num FROM alembic_version', database))[0]!;
}

/** Applies a release whose migration fails, and waits until it did. */
async function applyInVain(manifests: string): Promise<void> {
  await apply(manifests);
  await kubectl(['wait', '-f', join(manifests, '17-job-mlflow-schema.yaml'), '--for=condition=Failed', '--timeout=120s']);
}

/** What `kubectl describe` says of the containers of a component that ended. */
async function failure(component: string): Promise<string> {
  const { stdout } = await kubectl(['-n', NAMESPACE, 'get', 'pods', '-l', `app.kubernetes.io/component=${component}`, '-o',
    'jsonpath={range .items[*].status}{.initContainerStatuses[*].lastState.terminated.message}{.containerStatuses[*].state.terminated.message}{end}']);
  return stdout;
}

/** MLflow 2.10.0 as it was set up by hand, with a client of its time. */
async function startByHand(): Promise<void> {
  await eventually(30, () => shared.sql('CREATE ROLE mlflow LOGIN PASSWORD \'the-role-of-old\''));
  await shared.sql('CREATE DATABASE mlflow OWNER mlflow');
  await kubectl(['-n', NAMESPACE, 'apply', '-f', resolve(__dirname, 'set-up-by-hand.yaml')]);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 120);
  await kubectl(['-n', NAMESPACE, 'wait', 'pod/old-client', '--for=condition=Ready', '--timeout=120s']);
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS);
  await applyCustomResourceDefinitions();
  shared = await SharedServices.start(NAMESPACE);
  await applySecret(NAMESPACE, 'mlflow-database', { username: 'mlflow', password: 'the-role-of-old' });
  await applySecret(NAMESPACE, 'mlflow-database-administrator', { username: 'datahub', password: 'the-administrators-password' });
  await applySecret(NAMESPACE, 'mlflow-object-store', { 'access-key-id': 'mlflow', 'secret-access-key': 'the-servers-own-key' });
  await applySecret(NAMESPACE, 'mlflow-object-store-administrator', { 'access-key-id': 'minioadmin', 'secret-access-key': 'the-administrators-key' });
  await applySecret(NAMESPACE, 'mlflow-server-keys', { 'flask-secret-key': 'f'.repeat(43), 'kek-passphrase': 'k'.repeat(43), 'webhook-key': `${'w'.repeat(43)}=` });
  client = await Client.start(CLIENTS);
});

afterAll(() => leaveNamespaces(NAMESPACE, CLIENTS));

longTest(`from 2.10.0, set up by hand, to ${MLFLOW_VERSION}: nothing fails, and all is there afterwards`, async () => {
  await startByHand();
  await python(NAMESPACE, 'old-client', 'data_of_every_kind.py', 'write', SERVICE, 'by-hand');
  render(MLFLOW_VERSION, 'mlflow');
  const reason = /the migration failed: .*lock timeout; tables are locked by process \d+ of role datahub/;
  const written = await client.writing(SERVICE, async () => {
    // Somebody forgets a transaction: the migration must not wait for its end, because every request would wait behind it.
    const forgotten = shared.run('sh', '-c', '(echo "BEGIN; SELECT count(*) FROM experiments;"; sleep 120) | psql -U datahub mlflow').catch(() => undefined);
    const moved = documented('from a platform set up by hand');
    await eventually(90, async () => { expect(await logs(NAMESPACE, 'schema')).toMatch(reason); });
    await shared.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \'psql\' AND state = \'idle in transaction\'');
    await Promise.all([moved, forgotten]);
  });
  expect(written).toMatchObject(nothingFailed);
  expect(written.acknowledged).toBeGreaterThan(100);
  expect(written.slowest_ms).toBeLessThan(12_000);
  await settled();
  await client.python('data_of_every_kind.py', 'read', SERVICE, 'by-hand');
  await python(NAMESPACE, 'old-client', 'data_of_every_kind.py', 'read', SERVICE, 'by-hand');
  await python(NAMESPACE, 'old-client', 'data_of_every_kind.py', 'write', SERVICE, 'by-an-old-client');
  await client.python('write_and_read.py', SERVICE);
});

test(`from ${PREVIOUS} to ${MLFLOW_VERSION} by one apply: nothing fails, and all is there afterwards`, async () => {
  if (FULL) await documented('stop the servers');
  await apply(render(PREVIOUS, 'previous')); // an empty database
  await settled();
  const [server] = await pods(NAMESPACE, 'tracking-server'); // whose client is of the same release, and reaches no other pod than itself
  await python(NAMESPACE, server!.metadata.name, 'data_of_every_kind.py', 'write', `http://${server!.status.podIP!}:5000`, 'before');
  await shared.run('pg_dump', '-U', 'datahub', '-Fc', '-f', '/tmp/backup', 'previous');
  const manifests = render(MLFLOW_VERSION, 'previous');
  const written = await client.writing(SERVICE, async () => {
    await apply(manifests);
    await settled();
  });
  expect(written).toMatchObject(nothingFailed);
  expect(written.acknowledged).toBeGreaterThan(100);
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
  await client.python('data_of_every_kind.py', 'read', SERVICE, 'before');
  await client.python('data_of_every_kind.py', 'write', SERVICE, 'after');
});

longTest('a downgrade is refused with the reason, and the running release goes on serving', async () => {
  const revision = await revisionOf('previous');
  const reason = `the schema is at ${revision}, which MLflow ${PREVIOUS} does not know: a newer MLflow has migrated it`;
  await documented('remove old Jobs');
  const written = await client.writing(SERVICE, async () => {
    await applyInVain(render(PREVIOUS, 'previous'));
    await eventually(60, async () => { expect(await logs(NAMESPACE, 'tracking-server')).toContain(`waiting: ${reason}`); });
  });
  expect(await failure('schema')).toContain(reason);
  expect((await logs(NAMESPACE, 'schema')).match(/does not know/g)).toHaveLength(1); // no second attempt
  expect(written).toMatchObject(nothingFailed);
  expect(await revisionOf('previous')).toBe(revision);
});

longTest('the way back is a backup', async () => {
  await documented('stop the servers');
  await shared.sql('DROP DATABASE previous WITH (FORCE)');
  await shared.run('pg_restore', '-U', 'datahub', '--create', '-d', 'postgres', '/tmp/backup');
  render(PREVIOUS, 'previous');
  await documented('start on a restored database');
  await settled();
  await client.python('data_of_every_kind.py', 'read', SERVICE, 'before');
});

longTest('when the migration fails the old release goes on serving, the Job says why, and once the cause is gone it goes through', async () => {
  await shared.sql('CREATE TABLE job_locks ()', 'previous');
  const [schema, revision] = [await schemaOf('previous'), await revisionOf('previous')];
  const old = (await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid);
  const inVain = await client.writing(SERVICE, () => applyInVain(render(MLFLOW_VERSION, 'previous')));
  expect(inVain).toMatchObject(nothingFailed);
  expect(await failure('schema')).toMatch(new RegExp(`the migration failed: relation "job_locks" already exists\n.*the schema is at ${revision}`));
  expect(await schemaOf('previous')).toBe(schema);
  const serving = (await pods(NAMESPACE, 'tracking-server'))
    .filter(({ status: { conditions } }) => conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
  expect(serving.map(({ metadata }) => metadata.uid).sort()).toEqual(old.sort());

  await shared.sql('DROP TABLE job_locks', 'previous');
  const again = await client.writing(SERVICE, async () => {
    await documented('try the migration again');
    await settled();
  });
  expect(again).toMatchObject(nothingFailed);
  await client.python('data_of_every_kind.py', 'read', SERVICE, 'before');
});
