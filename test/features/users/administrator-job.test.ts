import { Schema } from '../../../lib/features/database/schema';
import { AdministratorJob, type AdministratorJobProps } from '../../../lib/features/users/administrator-job';
import { allowedOutOf, withPolicies } from '../../peers';
import { databaseClient, objectsOf, secret, secretFiles, testChart, variables, workloads } from '../../testing';
import { weaknesses } from '../../weaknesses';

const users = 'users';
type Change = Partial<Omit<AdministratorJobProps, 'schema'>>;

function administrator(change: Change = {}) {
  const chart = testChart();
  const database = databaseClient(chart);
  const schema = new Schema(chart, 'Schema', { version: '3.17.2', database, users });
  const all: Required<AdministratorJobProps> = { version: '3.17.2', database, users, schema, administrator: secret('the-administrator') };
  return new AdministratorJob(chart, 'Test', { ...all, ...change });
}

function job(change?: Change) {
  return workloads(objectsOf(administrator(change))).find(({ metadata }) => metadata.name.startsWith('mlflow-administrator-'))!;
}

test('with all props: the administrator is made once the users\' database has its schema', () => {
  const pod = job().spec.template.spec;
  expect(weaknesses(pod)).toEqual([]);
  expect(pod.initContainers).toMatchObject([{ args: ['/opt/mlflow-schema/schema.py', 'wait-in-job'] }]);
  expect(pod.containers).toMatchObject([{
    image: 'ghcr.io/mlflow/mlflow:v3.17.2-full', args: ['/opt/mlflow-administrator/administrator.py'],
  }]);
  expect(variables(pod.containers[0]!)).toMatchObject({ MLFLOW_USERS_URI: databaseClient(testChart()).uri(users), ADMINISTRATOR_SECRET: '/run/secrets/administrator', SHORTEST_PASSWORD: '12' });
  expect(secretFiles(pod, 'database')).toEqual({ 'the-database/username': 'username', 'the-database/password': 'password' });
  expect(secretFiles(pod, 'administrator')).toEqual({ 'the-administrator/username': 'username', 'the-administrator/password': 'password' });
});

test('it connects to the database and the DNS only', () => {
  expect(allowedOutOf(withPolicies(administrator()), 'administrator')).toEqual(['DNS of pods k8s-app=kube-dns in namespace kube-system', 'port 5433 of namespace data']);
});

test('it fails at once when administrator.py says that another attempt would end the same', () => {
  expect(job().spec).toMatchObject({
    podFailurePolicy: { rules: expect.arrayContaining([{ action: 'FailJob', onExitCodes: { operator: 'In', values: [65] } }]) as unknown },
  });
});

test.each<[string, Change]>([
  ['the release', { version: '3.18.0' }],
  ['the database', { users: 'others' }],
  ['the administrator\'s Secret', { administrator: secret('the-administrator', '2') }],
])('it runs again when %s changes, and not otherwise', (_what, change) => {
  expect(job(change).metadata.name).not.toBe(job().metadata.name);
  expect(job({}).metadata.name).toBe(job().metadata.name);
});
