import type { DatabaseConnection } from '../../../lib/features/database/connection';
import { DatabaseSetUpJob, type DatabaseSetUpJobProps } from '../../../lib/features/database/database-set-up-job';
import { databaseClient, find, objectsOf, podOf, secret, secretFiles, testChart, variables } from '../../testing';
import { weaknesses } from '../../weaknesses';

type Props = Omit<DatabaseSetUpJobProps, 'database'>;

const all: Required<Props> = {
  version: '3.17.2', users: 'users', administrator: secret('the-administrator'), connectionLimit: 70, environment: 'mlflow/test',
  takeOver: { role: true, database: true },
};
const least: Props = { version: '3.17.2', administrator: all.administrator, connectionLimit: 70, environment: 'mlflow/test' };

function objects(props: Props = all, connection?: Partial<DatabaseConnection>) {
  const chart = testChart();
  return objectsOf(new DatabaseSetUpJob(chart, 'Test', { ...props, database: databaseClient(chart, connection) }));
}

function main(props?: Props) {
  return podOf(objects(props), 'Job').containers[0]!;
}

test('with all props: a program in MLflow\'s image signs in as administrator and is told what to make', () => {
  const pod = podOf(objects(), 'Job');
  const database = databaseClient(testChart());
  expect(weaknesses(pod)).toEqual([]);
  expect(main()).toMatchObject({ image: 'ghcr.io/mlflow/mlflow:v3.17.2-full', command: ['python3'], args: ['/opt/mlflow-database-set-up/set_up.py'] });
  expect(variables(main())).toMatchObject({
    ADMINISTRATOR_URI: database.uri('postgres').replace('/run/secrets/database', '/run/secrets/administrator'),
    MLFLOW_BACKEND_STORE_URI: database.uri(), MLFLOW_USERS_URI: database.uri('users'),
    CONNECTION_LIMIT: '70', ENVIRONMENT: 'mlflow/test', TAKE_OVER: 'role database',
  });
  expect(secretFiles(pod, 'administrator')).toEqual({ 'the-administrator/username': 'username', 'the-administrator/password': 'password' });
  expect(secretFiles(pod, 'database')).toEqual({ 'the-database/username': 'username', 'the-database/password': 'password' });
});

test('with the least props there is one database to make, and nothing of others is taken over', () => {
  expect(variables(main(least))).not.toHaveProperty('MLFLOW_USERS_URI');
  expect(variables(main(least)).TAKE_OVER).toBe('nothing');
  expect(variables(main({ ...all, takeOver: { role: false, database: true } })).TAKE_OVER).toBe('database');
});

test('it fails at once, with its last words for kubectl describe, when it says that another attempt would end the same', () => {
  expect(find(objects(), 'Job').spec).toMatchObject({
    podFailurePolicy: { rules: expect.arrayContaining([{ action: 'FailJob', onExitCodes: { operator: 'In', values: [65] } }]) as unknown },
  });
  expect(main().terminationMessagePolicy).toBe('FallbackToLogsOnError');
});

test.each<[string, Parameters<typeof objects>]>([
  ['the connection limit', [{ ...all, connectionLimit: 71 }]],
  ['what is taken over', [{ ...all, takeOver: { role: true, database: false } }]],
  ['the database', [all, { name: 'other' }]],
  ['the users\' database', [{ ...all, users: 'others' }]],
  ['the role\'s Secret', [all, { secret: secret('the-database', '2') }]],
  ['the administrator\'s Secret', [{ ...all, administrator: secret('the-administrator', '2') }]],
])('runs again when %s changes, and not otherwise', (_what, changed) => {
  const named = (...how: Parameters<typeof objects>) => find(objects(...how), 'Job').metadata.name;
  expect(named(...changed)).not.toBe(named());
  expect(named()).toBe(named(structuredClone(all)));
});
