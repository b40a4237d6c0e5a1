import { EmbeddedStore, type EmbeddedStoreProps } from '../../../lib/features/artifact-store/embedded-store';
import { find, objectsOf, podOf, secret, secretFiles, testChart, testSelector, variables, workload } from '../../testing';
import { weaknesses } from '../../weaknesses';

const all: Required<EmbeddedStoreProps> = { storage: '10Gi', administrator: secret('the-administrator') };

function store(props: EmbeddedStoreProps = all) {
  return objectsOf(new EmbeddedStore(testChart(), 'Test', props));
}

function main() {
  return podOf(store(), 'StatefulSet').containers[0]!;
}

test('with all props: one pod behind a Service of the name that it is reached by', () => {
  const { endpoint, region } = new EmbeddedStore(testChart(), 'Test', all).address;
  expect([endpoint, region]).toEqual(['http://mlflow-object-store:9000', 'us-east-1']);
  expect(find(store(), 'Service', 'mlflow-object-store')).toMatchObject({
    metadata: { name: 'mlflow-object-store' }, spec: { type: 'ClusterIP', ports: [{ port: 9000 }], selector: testSelector('object-store') },
  });
  expect(find(store(), 'StatefulSet').spec).toMatchObject({ replicas: 1, selector: { matchLabels: testSelector('object-store') } });
});

test('the objects are in a volume that outlives the pod', () => {
  expect(find(store(), 'PersistentVolumeClaim')).toMatchObject({
    metadata: { name: 'mlflow-object-store' }, spec: { resources: { requests: { storage: '10Gi' } } },
  });
  expect(main().args).toEqual(expect.arrayContaining(['server', '/data']));
  expect(main().volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
});

test('the pod is hardened', () => {
  expect(weaknesses(podOf(store(), 'StatefulSet'))).toEqual([]);
});

test('the root user is in files only', () => {
  expect(secretFiles(podOf(store(), 'StatefulSet'), 'administrator')).toEqual({
    'the-administrator/access-key-id': 'MINIO_ROOT_USER',
    'the-administrator/secret-access-key': 'MINIO_ROOT_PASSWORD',
  });
  expect(variables(main())).toMatchObject({
    MINIO_ROOT_USER_FILE: '/run/secrets/administrator/MINIO_ROOT_USER',
    MINIO_ROOT_PASSWORD_FILE: '/run/secrets/administrator/MINIO_ROOT_PASSWORD',
  });
});

test('neither updates itself nor has a console', () => {
  expect(variables(main())).toMatchObject({ MINIO_UPDATE: 'off', MINIO_BROWSER: 'off' });
});

test('a changed root user starts the pod again, and nothing else does', () => {
  const annotations = (props?: EmbeddedStoreProps) => workload(store(props), 'StatefulSet').spec.template.metadata.annotations;
  expect(annotations({ ...all, administrator: secret('the-administrator', '2') })).not.toEqual(annotations());
  expect(annotations({ ...all, storage: '20Gi' })).toEqual(annotations());
});

test('it is ready when it can serve, and restarted only when it is not alive', () => {
  expect(main()).toMatchObject({
    startupProbe: { httpGet: { path: '/minio/health/ready', port: 's3' } },
    readinessProbe: { httpGet: { path: '/minio/health/ready', port: 's3' } },
    livenessProbe: { httpGet: { path: '/minio/health/live', port: 's3' } },
  });
});
