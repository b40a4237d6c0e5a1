import { k8s } from 'cdk8s-plus-27';
import type { DatabaseConnection } from '../../../lib/features/database/connection';
import { Schema, type Backup, type SchemaProps } from '../../../lib/features/database/schema';
import { hardenedPod } from '../../../lib/kit/workload/hardened-pod';
import { databaseClient, find, objectsOf, podOf, secret, secretFiles, testChart, variables, type Pod } from '../../testing';
import { weaknesses } from '../../weaknesses';

const backup: Backup = {
  container: {
    name: 'backup',
    image: { repository: 'example.com/backup', tag: '1.0' },
    resources: { cpu: ['50m', '1'], memory: ['64Mi', '128Mi'], ephemeralStorage: ['16Mi', '64Mi'] },
    volumeMounts: [{ name: 'backups', mountPath: '/backups' }],
  },
  volumes: [{ name: 'backups', persistentVolumeClaim: { claimName: 'backups' } }],
  destinations: [{ namespace: 'backups', port: 9000 }],
  inputs: ['backup.sh'],
};
const all: Required<Omit<SchemaProps, 'database'>> = { version: '3.17.2', users: 'users', backup };

function schema(props: Omit<SchemaProps, 'database'> = all, connection?: Partial<DatabaseConnection>): Schema {
  const chart = testChart();
  return new Schema(chart, 'Test', { ...props, database: databaseClient(chart, connection) });
}

test('with all props: a Job takes a backup, then brings the databases to the heads of this MLflow', () => {
  const pod = podOf(objectsOf(schema()), 'Job');
  expect(pod.initContainers).toMatchObject([{ image: 'example.com/backup:1.0' }]);
  expect(pod.volumes).toContainEqual(backup.volumes[0]);
  expect(weaknesses(pod)).toEqual([]);
  expect(pod.containers).toMatchObject([{
    image: 'ghcr.io/mlflow/mlflow:v3.17.2-full', args: ['/opt/mlflow-schema/schema.py', 'migrate'],
  }]);
  const database = databaseClient(testChart());
  expect(variables(pod.containers[0]!)).toMatchObject({ MLFLOW_BACKEND_STORE_URI: database.uri(), MLFLOW_USERS_URI: database.uri('users') });
  expect(secretFiles(pod, 'database')).toEqual({ 'the-database/username': 'username', 'the-database/password': 'password' });
});

test('the gate waits with the same MLflow and database, and changes nothing', () => {
  const { gate, volumes } = schema();
  const spec = hardenedPod({ containers: [gate], volumes });
  const pod = find(objectsOf(new k8s.KubePod(testChart(), 'Pod', { metadata: { name: 'pod' }, spec })), 'Pod').spec as Pod;
  const [wait] = pod.containers;
  const [migrate] = podOf(objectsOf(schema()), 'Job').containers;
  expect(wait!.args).toEqual(['/opt/mlflow-schema/schema.py', 'wait']);
  expect(schema().gateOfJob).toEqual({ ...gate, args: ['/opt/mlflow-schema/schema.py', 'wait-in-job'] });
  expect(wait!.image).toBe(migrate!.image);
  expect(variables(wait!)).toEqual(variables(migrate!));
  expect(weaknesses(pod)).toEqual([]);
  expect(pod.volumes!.map(({ name }) => name)).toEqual(wait!.volumeMounts!.map(({ name }) => name));
});

test.each<[string, Parameters<typeof schema>]>([
  ['the release', [{ ...all, version: '3.18.0' }]],
  ['the database', [all, { host: 'other.example.com' }]],
  ['the users\' database', [{ ...all, users: 'others' }]],
  ['the backup', [{ ...all, backup: { ...backup, inputs: ['another backup.sh'] } }]],
  ['the Secret', [all, { secret: secret('the-database', '2') }]],
  ['the Secret of the authorities', [all, { authorities: secret('the-authorities') }]],
])('migrates again when %s changes, and not otherwise', (_what, changed) => {
  const named = (...how: Parameters<typeof schema>) => find(objectsOf(schema(...how)), 'Job').metadata.name;
  expect(named(...changed)).not.toBe(named());
  expect(named()).toBe(named(structuredClone(all)));
});

test('with the least props the Job migrates the one database at once', () => {
  const pod = podOf(objectsOf(schema({ version: all.version })), 'Job');
  expect(pod.initContainers).toBeUndefined();
  expect(variables(pod.containers[0]!)).not.toHaveProperty('MLFLOW_USERS_URI');
});

test('the Job fails at once when schema.py says that another attempt would end the same', () => {
  expect(find(objectsOf(schema()), 'Job').spec).toMatchObject({
    podFailurePolicy: { rules: expect.arrayContaining([{ action: 'FailJob', onExitCodes: { operator: 'In', values: [65] } }]) as unknown },
  });
});

test('whoever has the gate learns when it reads something else', () => {
  expect(schema().inputs).toEqual(schema().inputs);
  expect(schema(all, { secret: secret('the-database', '2') }).inputs).not.toEqual(schema().inputs);
});
