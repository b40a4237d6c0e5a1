import { DatabaseSetUpJob, type DatabaseSetUpJobProps } from '../../lib/database/database-set-up-job';
import { database, dns, find, objectsOf, podOf, secret, secretFiles, testChart, variables, weaknesses } from '../testing';

const all: Required<DatabaseSetUpJobProps> = {
  connection: database, users: { ...database, name: 'users' }, administrator: secret('the-administrator'), connectionLimit: 70, dns,
};

function objects(props: DatabaseSetUpJobProps = all) {
  return objectsOf(new DatabaseSetUpJob(testChart(), 'Test', props));
}

test('with all props: psql runs as administrator and is told what to make', () => {
  const pod = podOf(objects(), 'Job');
  expect(weaknesses(pod)).toEqual([]);
  expect(pod.containers).toMatchObject([{
    image: expect.stringMatching(/^docker\.io\/library\/postgres:/) as string,
    args: ['/bin/sh', '/opt/mlflow-database-set-up/set-up.sh'],
  }]);
  expect(variables(pod.containers[0]!)).toMatchObject({
    PGHOST: 'db.example.com', PGPORT: '5433', PGSSLMODE: 'verify-full', TRACKING_DATABASE: 'tracking', USERS_DATABASE: 'users', TRACKING_CONNECTION_LIMIT: '70',
  });
  expect(secretFiles(pod, 'credentials')).toEqual({
    'the-administrator/username': 'PGUSER',
    'the-administrator/password': 'PGPASSWORD',
    'the-database/username': 'TRACKING_USER',
    'the-database/password': 'TRACKING_PASSWORD',
  });
});

test('with the least props there is one database to make', () => {
  const { connection, administrator, connectionLimit } = all;
  expect(variables(podOf(objects({ connection, administrator, connectionLimit }), 'Job').containers[0]!)).not.toHaveProperty('USERS_DATABASE');
});

test('the scripts are in a ConfigMap that the pod mounts', () => {
  expect(Object.keys(find(objects(), 'ConfigMap', 'mlflow-database-set-up').data as object)).toEqual(['set-up.sh', 'set-up.sql']);
  expect(podOf(objects(), 'Job').containers[0]!.volumeMounts).toContainEqual(
    { name: 'mlflow-database-set-up', mountPath: '/opt/mlflow-database-set-up', readOnly: true });
});

test.each<[string, DatabaseSetUpJobProps]>([
  ['the connection limit', { ...all, connectionLimit: 71 }],
  ['the database', { ...all, connection: { ...database, name: 'other' } }],
  ['the users\' database', { ...all, users: { ...database, name: 'others' } }],
  ['the role\'s Secret', { ...all, connection: { ...database, secret: secret('the-database', '2') } }],
  ['the administrator\'s Secret', { ...all, administrator: secret('the-administrator', '2') }],
])('runs again when %s changes, and not otherwise', (_what, changed) => {
  const named = (props?: DatabaseSetUpJobProps) => find(objects(props), 'Job').metadata.name;
  expect(named(changed)).not.toBe(named());
  expect(named()).toBe(named(structuredClone(all)));
});
