import { Postgres, type PostgresProps } from '../../../lib/features/database/postgres';
import { find, objectsOf, podOf, secret, secretFiles, testChart, testSelector, workload } from '../../testing';
import { weaknesses } from '../../weaknesses';

const all: Required<PostgresProps> = { storage: '5Gi', connectionLimit: 70, administrator: secret('the-administrator') };

function postgres(props: PostgresProps = all) {
  return objectsOf(new Postgres(testChart(), 'Test', props));
}

function main() {
  return podOf(postgres(), 'StatefulSet').containers[0]!;
}

test('with all props: one pod behind a Service of the name that it is reached by', () => {
  const { host, port } = new Postgres(testChart(), 'Test', all).address;
  expect(find(postgres(), 'Service', host)).toMatchObject({
    metadata: { name: host }, spec: { type: 'ClusterIP', ports: [{ port }], selector: testSelector('postgres') },
  });
  expect(find(postgres(), 'StatefulSet').spec).toMatchObject({ replicas: 1, selector: { matchLabels: testSelector('postgres') } });
});

test('the data is in a volume that outlives the pod', () => {
  expect(find(postgres(), 'PersistentVolumeClaim')).toMatchObject({
    metadata: { name: 'mlflow-postgres' }, spec: { resources: { requests: { storage: '5Gi' } } },
  });
  expect(podOf(postgres(), 'StatefulSet').volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'mlflow-postgres' } });
  expect(main().volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/postgresql/data' });
});

test('administrators can connect when the tracking server has all its connections', () => {
  expect(main().args).toEqual(['docker-entrypoint.sh', 'postgres', '-c', 'max_connections=78']);
});

test('the pod is hardened, and its user has a name, without which the server does not start', () => {
  const pod = podOf(postgres(), 'StatefulSet');
  expect(weaknesses(pod)).toEqual([]);
  expect(pod.securityContext).toMatchObject({ runAsUser: 10001, runAsGroup: 10001 });
  expect(find(postgres(), 'ConfigMap').data).toEqual({ passwd: 'postgres:x:10001:10001::/tmp:/bin/sh\n' });
  expect(main().volumeMounts).toContainEqual({ name: 'mlflow-postgres-users', mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true });
});

test('the superuser\'s password is in files only, and is set at every start', () => {
  expect(secretFiles(podOf(postgres(), 'StatefulSet'), 'administrator')).toEqual({
    'the-administrator/username': 'POSTGRES_USER',
    'the-administrator/password': 'POSTGRES_PASSWORD',
  });
  expect(main().lifecycle).toMatchObject({
    postStart: { exec: { command: ['/bin/sh', '-c', expect.stringMatching(/^SECRETS=\/run\/secrets\/administrator\n[^]*\\password/)] } },
  });
});

test('a changed password starts the pod again, and nothing else does', () => {
  const annotations = (props?: PostgresProps) => workload(postgres(props), 'StatefulSet').spec.template.metadata.annotations;
  expect(annotations({ ...all, administrator: secret('the-administrator', '2') })).not.toEqual(annotations());
  expect(annotations({ ...all, storage: '9Gi', connectionLimit: 99 })).toEqual(annotations());
});

test('it ends without waiting for clients to leave, within its grace', () => {
  expect(main().lifecycle).toMatchObject({ preStop: { exec: { command: ['pg_ctl', 'stop', '--mode=fast', '--no-wait'] } } });
  expect(podOf(postgres(), 'StatefulSet').terminationGracePeriodSeconds).toBe(60);
});

test('it is ready when clients are answered, and restarted only when nobody listens', () => {
  const answered = { exec: { command: ['pg_isready', '--host=127.0.0.1', '--quiet'] } };
  expect(main()).toMatchObject({ startupProbe: answered, readinessProbe: answered, livenessProbe: { tcpSocket: { port: 'postgresql' } } });
});

test('parallel queries have shared memory, within the limit of the pod', () => {
  expect(podOf(postgres(), 'StatefulSet').volumes).toContainEqual({ name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } });
  expect(main().volumeMounts).toContainEqual({ name: 'shared-memory', mountPath: '/dev/shm' });
});
