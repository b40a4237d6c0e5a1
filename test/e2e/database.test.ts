import { join } from 'node:path';
import { CertificateAuthority } from '../certificates';
import { Client, nothingFailed } from './client';
import { longTest } from './form';
import { apply, applyCustomResourceDefinitions, applySecret, complete, deleteNamespaces, eventually, kubectl, leaveNamespaces, logs, pods, restarts, rolledOut, servers } from './kubectl';
import { MODEST, Workspace } from './platform';
import { SharedServices } from './shared-services';

const NAMESPACE = 'e2e-database';
const CLIENTS = 'e2e-database-clients';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;
const HOST = `postgres-shared.${NAMESPACE}.svc.cluster.local`;
const OF_OTHERS = ['postgres', 'shop', 'reports'];

const workspace = new Workspace('production');
let shared: SharedServices;
let client: Client;
let ofOthers: string;

function render(database: object = {}): string {
  return workspace.copyFromRepository({
    namespace: { name: NAMESPACE },
    tracking: { resources: MODEST },
    database: { host: HOST, sslMode: 'verify-full', caSecret: 'database-authority', clientCertificateSecret: 'mlflow-database-certificate', ...database },
    artifactStore: { endpoint: `http://minio.${NAMESPACE}.svc.cluster.local:9000` },
    network: { clients: [{ namespace: CLIENTS }] },
  }).render();
}

/** The shared server goes over to TLS, and asks the platform's role for a certificate, too. Makes the Secrets that this takes. */
async function startTls(): Promise<void> {
  const authority = new CertificateAuthority('authority');
  const server = authority.sign([HOST]);
  const hba = `hostssl all mlflow all scram-sha-256 clientcert=verify-full\n${await shared.run('sh', '-c', 'cat "$PGDATA/pg_hba.conf"')}`;
  for (const [file, content] of Object.entries({ 'server.crt': server.certificate, 'server.key': server.key, 'clients.crt': authority.certificate, 'pg_hba.conf': hba })) {
    const encoded = Buffer.from(content).toString('base64');
    await shared.run('sh', '-c', `cd "$PGDATA" && echo ${encoded} | base64 -d > ${file} && chmod 600 ${file} && chown --reference=PG_VERSION ${file}`);
  }
  for (const setting of ['ssl = on', 'ssl_ca_file = \'clients.crt\'']) await shared.sql(`ALTER SYSTEM SET ${setting}`);
  await shared.sql('SELECT pg_reload_conf()');
  const client = authority.sign(['mlflow']);
  await applySecret(NAMESPACE, 'database-authority', { 'ca.crt': authority.certificate });
  await applySecret(NAMESPACE, 'mlflow-database-certificate', { 'tls.crt': client.certificate, 'tls.key': client.key });
}

/** All that the server knows of what others have: owners, grants, settings, limits, hashes of passwords, comments. */
async function dumpOfOthers(): Promise<string> {
  const dumps = [shared.run('pg_dumpall', '-U', 'datahub', '--globals-only'), ...OF_OTHERS.map((name) => shared.run('pg_dump', '-U', 'datahub', '--schema-only', '--create', name))];
  const queries = [
    ...['pg_shdescription', 'pg_database', 'pg_auth_members'].map((catalog) => `SELECT each::text FROM ${catalog} AS each ORDER BY 1`),
    'SELECT rolname, datname, setconfig FROM pg_db_role_setting LEFT JOIN pg_roles ON setrole = pg_roles.oid LEFT JOIN pg_database ON setdatabase = pg_database.oid',
  ];
  const rows = queries.map((query) => shared.sql(query));
  const lines = [...(await Promise.all(dumps)).flatMap((text) => text.split('\n')), ...(await Promise.all(rows)).flat()];
  return lines.filter((line) => line && !/^(\\|--)|mlflow/.test(line)).join('\n'); // without pg_dump's random key, its remarks, and what is ours
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS);
  await applyCustomResourceDefinitions();
  shared = await SharedServices.start(NAMESPACE);
  await eventually(30, () => shared.sql('CREATE ROLE shop LOGIN PASSWORD \'shop\' CONNECTION LIMIT 7'));
  await shared.sql('COMMENT ON ROLE shop IS \'of the shop\'');
  await shared.sql('CREATE DATABASE shop OWNER shop');
  await shared.sql('CREATE DATABASE reports OWNER shop');
  await shared.sql('REVOKE CONNECT ON DATABASE reports FROM PUBLIC');
  await shared.sql('COMMENT ON DATABASE reports IS \'do not touch\'');
  await startTls();
  await applySecret(NAMESPACE, 'mlflow-database', { username: 'mlflow', password: 'the-first-password' });
  await applySecret(NAMESPACE, 'mlflow-database-administrator', { username: 'datahub', password: 'the-administrators-password' });
  await applySecret(NAMESPACE, 'mlflow-object-store', { 'access-key-id': 'mlflow', 'secret-access-key': 'the-servers-own-key' });
  await applySecret(NAMESPACE, 'mlflow-object-store-administrator', { 'access-key-id': 'minioadmin', 'secret-access-key': 'the-administrators-key' });
  await applySecret(NAMESPACE, 'mlflow-server-keys', { 'flask-secret-key': 'f'.repeat(43), 'kek-passphrase': 'k'.repeat(43), 'webhook-key': `${'w'.repeat(43)}=` });
  ofOthers = await dumpOfOthers();
});

afterAll(() => leaveNamespaces(NAMESPACE, CLIENTS));

test('a role and databases of others are refused, the Job fails at once and says why to kubectl describe, and nothing of theirs changes', async () => {
  const manifests = render({ name: 'reports' });
  await apply(join(manifests, '12-configmap-mlflow-connections.yaml'));
  await apply(join(manifests, '12-configmap-mlflow-database-set-up.yaml'));
  await apply(join(manifests, '14-networkpolicy-mlflow-database-set-up.yaml'));
  await apply(join(manifests, '17-job-mlflow-database-set-up.yaml'));
  await kubectl(['wait', '-f', join(manifests, '17-job-mlflow-database-set-up.yaml'), '--for=condition=Failed', '--timeout=60s']);
  expect((await kubectl(['-n', NAMESPACE, 'describe', 'pods', '-l', 'app.kubernetes.io/component=database-set-up'])).stdout)
    .toContain('the database reports exists, this environment did not make it, and it belongs to the role shop');
  expect(await dumpOfOthers()).toBe(ofOthers);
  expect(await shared.sql('SELECT rolname FROM pg_roles WHERE rolname = \'mlflow\'')).toEqual([]);
  await kubectl(['delete', '-f', join(manifests, '17-job-mlflow-database-set-up.yaml')]);
});

test('it runs on the shared server by TLS that it verifies and with a certificate to show, and nothing of others is another', async () => {
  await apply(render());
  await complete(NAMESPACE, 'database-set-up');
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
  expect(await shared.sql('SELECT bool_and(ssl), count(*) > 1 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = \'mlflow\'')).toEqual(['t|t']);
  expect(await dumpOfOthers()).toBe(ofOthers);
});

test('an authority that did not sign the server\'s certificate is told in the first line', async () => {
  await kubectl(['-n', NAMESPACE, 'delete', 'jobs', '-l', 'app.kubernetes.io/component=schema']);
  await applySecret(NAMESPACE, 'another-authority', { 'ca.crt': new CertificateAuthority('somebody else').certificate });
  await apply(join(render({ caSecret: 'another-authority' }), '17-job-mlflow-schema.yaml'));
  await eventually(60, async () => {
    expect((await logs(NAMESPACE, 'schema')).split('\n')[0]).toMatch(/waiting: .*certificate verify failed: .* \(the authorities are those of/);
  });
  await kubectl(['-n', NAMESPACE, 'delete', 'jobs', '-l', 'app.kubernetes.io/component=schema']);
});

longTest('a password that changes under eight writers, in the Secret first, costs no call, and no pod is restarted or replaced', async () => {
  client = await Client.start(CLIENTS);
  const before = (await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid);
  const written = await client.writing(SERVICE, async () => {
    const data = { password: Buffer.from('the-second-password').toString('base64') };
    await kubectl(['-n', NAMESPACE, 'patch', 'secret', 'mlflow-database', '-p', JSON.stringify({ data })]);
    await eventually(120, async () => {
      for (const { metadata } of await pods(NAMESPACE, 'tracking-server')) {
        expect((await kubectl(['-n', NAMESPACE, 'exec', metadata.name, '-c', 'mlflow', '--', 'cat', '/run/secrets/database/password'])).stdout).toBe('the-second-password');
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 20_000)); // /ready has opened new connections, which go on by the first one
    await shared.sql('ALTER ROLE mlflow PASSWORD \'the-second-password\'');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    for (const server of await servers(NAMESPACE)) expect(await client.status(`${server}/ready`)).toBe(200);
  });
  expect(written).toMatchObject(nothingFailed);
  expect((await pods(NAMESPACE, 'tracking-server')).map(({ metadata }) => metadata.uid).sort()).toEqual(before.sort());
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
});
