import { markOf } from '../../lib/features/environment';
import { MLFLOW_VERSION } from '../../lib/versions';
import { environment } from '../testing';

test('one line is a local environment', () => {
  expect(environment('profile: local')).toEqual({
    name: 'test',
    profile: 'local',
    clusterDomain: 'cluster.local',
    namespace: { name: 'mlflow' },
    secretsRevision: 1,
    tracking: {
      version: MLFLOW_VERSION,
      threads: 4,
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } },
      temporaryStorage: '4Gi',
    },
    service: { type: 'ClusterIP' },
    database: { provider: 'embedded', storage: '5Gi' },
    artifactStore: {
      provider: 'embedded', storage: '10Gi', bucket: 'mlflow-artifacts', expireOldVersionsAfterDays: 30, abortUploadsAfterDays: 7,
    },
    network: { clients: [], destinations: [] },
    metrics: { serviceMonitor: false, labels: {} },
  });
});

test('a production environment needs a database and a store that exist', () => {
  expect(environment('{database: {provider: external, host: db}, artifactStore: {provider: minio, endpoint: "https://minio:9000"}}')).toMatchObject({
    profile: 'production',
    database: { provider: 'external', host: 'db', port: 5432, name: 'mlflow', sslMode: 'prefer', secret: 'mlflow-database' },
    artifactStore: { endpoint: 'https://minio:9000', bucket: 'mlflow-artifacts', region: 'us-east-1', secret: 'mlflow-object-store' },
  });
});

test('Amazon\'s store needs no endpoint', () => {
  expect(environment('{profile: local, artifactStore: {provider: s3, region: eu-west-1}}').artifactStore).not.toHaveProperty('endpoint');
});

test('an Ingress needs hosts only', () => {
  expect(environment('{profile: local, ingress: {hosts: [a.b]}}').ingress).toEqual({
    hosts: ['a.b'], controller: 'nginx', maxBodySize: 'unlimited', timeoutSeconds: 600,
  });
});

test('a number of cores may be written as a number', () => {
  expect(environment('{profile: local, tracking: {resources: {limits: {cpu: 1.5}}}}').tracking.resources.limits.cpu).toBe('1.5');
});

test('what is at a limit is within it', () => {
  const { tracking, database } = environment(`{
    profile: local,
    tracking: {
      replicas: 1, workers: 1, threads: 1,
      resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1000m, memory: 1024Mi}},
    },
    database: {provider: embedded, connectionLimit: 24}, service: {type: NodePort, nodePort: 32767},
  }`);
  expect(tracking.workers).toBe(1);
  expect(database.connectionLimit).toBe(24);
});

test.each([
  ['{namespace: {name: data}}', 'data/test'],
  ['{cluster: frankfurt, namespace: {name: data}}', 'frankfurt/data/test'],
])('%s marks what is its own outside of the cluster as %s', (text, mark) => {
  expect(markOf(environment(`{profile: local, ${text.slice(1)}`))).toBe(mark);
});
