import { Database, type DatabaseProps } from '../../../lib/features/database/database';
import { PlatformSecrets } from '../../../lib/kit/secrets/platform-secrets';
import { allowedInto, allowedOutOf, withPolicies } from '../../peers';
import { environment, find, objectsOf, secretFiles, testChart, workloads } from '../../testing';
import { secrets } from '../../../lib/features/database/secrets';

type Change = Partial<Omit<DatabaseProps, 'settings' | 'secrets'>>;

function database(text: string, change: Change = {}): Database {
  const spec = environment(text);
  const chart = testChart();
  const platformSecrets = new PlatformSecrets(chart, 'Secrets', { uses: secrets(spec), revision: 1 });
  return new Database(chart, 'Test', {
    settings: spec.database, clusterDomain: 'cluster.local', secrets: platformSecrets, version: '3.17.2', connectionLimit: 70, mark: 'mlflow/test', ...change,
  });
}

const EXTERNAL = '{artifactStore: {provider: s3}, database: {provider: external, host: db.example.com}}';
const WITH_ADMINISTRATOR = EXTERNAL.replace('.com', '.com, port: 6432, name: tracking, administratorSecret: admin, takeOver: {role: true}');

test('one of others, without an administrator: nothing is made, and clients know where it is', () => {
  const external = database(EXTERNAL);
  expect(external.components).toEqual([]);
  expect(external.connections).toEqual([]);
  expect(objectsOf(external).map(({ kind }) => kind)).toEqual(['ConfigMap']); // the clients' programs
  expect(external.client.uri()).toContain('postgresql+platform://db.example.com:5432/mlflow?');
  expect(external.client.destination).toEqual({ cidrs: ['0.0.0.0/0', '::/0'], port: 5432 });
});

test('with all props: a Job sets the role up, where the file says that the server is', () => {
  const external = database(WITH_ADMINISTRATOR, { place: { namespace: 'data', port: 5433 }, users: 'people' });
  expect(external.components).toEqual(['database-set-up']);
  expect(allowedOutOf(withPolicies(external), 'database-set-up')[1]).toBe('port 5433 of namespace data');
  const [job] = workloads(objectsOf(external));
  expect(secretFiles(job!.spec.template.spec, 'administrator')).toEqual({ 'admin/username': 'username', 'admin/password': 'password' });
  expect(external.client.uri()).toContain('//db.example.com:6432/tracking?');
});

test('one of its own is a server and its set-up, which alone may connect so far', () => {
  const embedded = database('{profile: local, database: {provider: embedded, storage: 7Gi}}');
  expect(embedded.components).toEqual(['postgres', 'database-set-up']);
  expect(allowedInto(withPolicies(embedded), 'postgres')).toEqual(['component database-set-up']);
  expect(find(objectsOf(embedded), 'PersistentVolumeClaim').spec).toMatchObject({ resources: { requests: { storage: '7Gi' } } });
});
