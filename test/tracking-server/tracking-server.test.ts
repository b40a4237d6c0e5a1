import type { DatabaseConnection } from '../../lib/database/connection';
import { quantity } from '../../lib/kit/quantity';
import { poolSize } from '../../lib/tracking-server/capacity';
import { TrackingServer } from '../../lib/tracking-server/tracking-server';
import type { TrackingServerProps } from '../../lib/tracking-server/tracking-server-props';
import {
  bucket, databaseClient, dns, find, leastTrackingServer, objectsOf, secret, secretFiles, testChart, testSelector, variables, weaknesses, workload,
  type Container, type Pod,
} from '../testing';

type Change = (least: TrackingServerProps) => TrackingServerProps;

const asItIs: Change = (least) => least;

function server(change = asItIs, connection?: Partial<DatabaseConnection>) {
  const chart = testChart();
  return new TrackingServer(chart, 'Test', change(leastTrackingServer(chart, connection)));
}

function deployment(change = asItIs, connection?: Partial<DatabaseConnection>) {
  return workload(objectsOf(server(change, connection)), 'Deployment');
}

function pod(change = asItIs): Pod {
  return deployment(change).spec.template.spec;
}

function main(change = asItIs): Container {
  return pod(change).containers[0]!;
}

function settings(change = asItIs): Record<string, string> {
  return find(objectsOf(server(change)), 'ConfigMap', 'mlflow').data as Record<string, string>;
}

const all = (least: TrackingServerProps): Required<Omit<TrackingServerProps, 'replicas'>> => ({
  version: '3.16.0',
  autoscaling: { minReplicas: 3, maxReplicas: 6, targetCpuPercent: 60 },
  disruptionBudget: { maxUnavailable: 2 },
  priorityClassName: 'high',
  workers: 4,
  threads: 8,
  resources: { requests: { cpu: '250m', memory: '2Gi' }, limits: { cpu: '2', memory: '3Gi' } },
  largestRequest: 2 ** 26,
  demo: true,
  temporaryStorage: '10Gi',
  spread: 'soft',
  database: databaseClient(testChart(), { name: 'other' }),
  schema: least.schema,
  users: { databaseUri: 'postgresql+platform://db/users', defaultPermission: 'READ' },
  artifacts: { ...bucket, endpoint: 'http://minio:9000' },
  keys: secret('other-keys'),
  allowedHosts: ['mlflow.example.com'],
  corsOrigins: ['https://mlflow.example.com', 'https://mlflow.local'],
  nodePort: 30500,
  clients: [{ namespace: 'training' }, { cidrs: ['10.30.0.0/16'] }],
  scrapers: [{ namespace: 'monitoring' }],
  callees: [{ namespace: 'receivers', port: 8443, scheme: 'http', purpose: 'webhooks' }],
  authorities: secret('companys-authorities'),
  clusterDomain: 'example.local',
  dns,
});

describe('with the least props', () => {
  test('two pods are kept on different hosts and preferred in different zones', () => {
    expect(deployment().spec.replicas).toBe(2);
    expect(deployment((least) => ({ ...least, replicas: 5 })).spec.replicas).toBe(5);
    expect(pod().topologySpreadConstraints).toMatchObject([
      { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: testSelector('tracking-server') } },
      { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
  });

  test('nobody reaches the server, no budget holds evictions back, and nothing changes the number of pods', () => {
    const objects = objectsOf(server());
    expect(find(objects, 'NetworkPolicy', 'mlflow-tracking-server').spec).not.toHaveProperty('ingress');
    expect(objects.filter(({ kind }) => ['PodDisruptionBudget', 'HorizontalPodAutoscaler'].includes(kind))).toEqual([]);
  });

  test('the Service is inside the cluster only, on port 5000', () => {
    expect(find(objectsOf(server()), 'Service').spec).toMatchObject({
      type: 'ClusterIP', ports: [{ name: 'http', port: 5000 }], selector: testSelector('tracking-server'),
    });
  });

  test('the settings name the database and the bucket of Amazon, without credentials', () => {
    expect(settings()).toMatchObject({
      MLFLOW_BACKEND_STORE_URI: databaseClient(testChart()).uri(),
      MLFLOW_ARTIFACTS_DESTINATION: 's3://artifacts',
      AWS_DEFAULT_REGION: 'eu-west-1',
      MLFLOW_WORKERS: '2',
    });
    expect(settings()).not.toHaveProperty('MLFLOW_S3_ENDPOINT_URL');
    expect(settings()).not.toHaveProperty('MLFLOW_SERVER_CORS_ALLOWED_ORIGINS');
  });
});

describe('with all props', () => {
  test('the Deployment is as they say', () => {
    expect(deployment(all)).toMatchObject({
      metadata: { name: 'mlflow', labels: { 'app.kubernetes.io/version': '3.16.0' } },
      spec: { selector: { matchLabels: testSelector('tracking-server') } },
    });
    expect(main(all)).toMatchObject({
      image: 'ghcr.io/mlflow/mlflow:v3.16.0-full',
      resources: { requests: { cpu: '250m', memory: '2Gi' }, limits: { cpu: '2', memory: '3Gi' } },
    });
    expect(pod(all).volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: '10Gi' } });
    expect(pod(all).priorityClassName).toBe('high');
  });

  test('the autoscaler says how many pods there are, and the Deployment does not', () => {
    expect(deployment(all).spec).not.toHaveProperty('replicas');
    expect(find(objectsOf(server(all)), 'HorizontalPodAutoscaler', 'mlflow').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'mlflow' }, minReplicas: 3, maxReplicas: 6,
      metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 60 } } }],
    });
  });

  test('evictions may take as many pods as the budget says, and always one that is not ready', () => {
    expect(find(objectsOf(server(all)), 'PodDisruptionBudget', 'mlflow').spec).toEqual({
      maxUnavailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: testSelector('tracking-server') },
    });
  });

  test('only the clients reach the server, Prometheus its metrics, and it reaches its database, its bucket and those whom it calls', () => {
    const namespace = (name: string) => [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } }, podSelector: {} }];
    const ports = (port: number) => [{ port, protocol: 'TCP' }];
    expect(find(objectsOf(server(all)), 'NetworkPolicy', 'mlflow-tracking-server').spec).toEqual({
      podSelector: { matchLabels: testSelector('tracking-server') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [...namespace('training'), { ipBlock: { cidr: '10.30.0.0/16' } }], ports: ports(5000) },
        { from: namespace('monitoring'), ports: ports(9464) },
      ],
      egress: [
        { to: namespace('dns'), ports: [53, 1053, 5353].flatMap((port) => [{ port, protocol: 'UDP' }, { port, protocol: 'TCP' }]) },
        { to: namespace('data'), ports: ports(5433) },
        { to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: ports(443) },
        { to: namespace('receivers'), ports: ports(8443) },
      ],
    });
  });

  test('two pods may share a host where there is no other', () => {
    expect(pod(all).topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'ScheduleAnyway' }, { whenUnsatisfiable: 'ScheduleAnyway' }]);
  });

  test('the settings are as they say', () => {
    expect(settings(all)).toMatchObject({
      MLFLOW_WORKERS: '4',
      PLATFORM_THREADS: '8',
      MLFLOW_BACKEND_STORE_URI: databaseClient(testChart()).uri('other'),
      MLFLOW_S3_ENDPOINT_URL: 'http://minio:9000',
      MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: 'https://mlflow.example.com,https://mlflow.local',
    });
  });

  test('the Service has a port on every node', () => {
    expect(find(objectsOf(server(all)), 'Service').spec).toMatchObject({ type: 'NodePort', ports: [{ port: 5000, nodePort: 30500 }] });
  });

  test('hosts are answered as given, and the pod\'s own address', () => {
    expect(variables(main(all)).MLFLOW_SERVER_ALLOWED_HOSTS).toBe('mlflow.example.com,$(POD_IP),$(POD_IP):5000,[$(POD_IP)],[$(POD_IP)]:5000');
  });
});

describe('health', () => {
  test('only readiness depends on the database: a restart would not mend it', () => {
    expect(main()).toMatchObject({
      startupProbe: { httpGet: { path: '/health', port: 'http' } },
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
      livenessProbe: { httpGet: { path: '/health', port: 'http' } },
    });
  });

  test('a slow start has five minutes', () => {
    const { periodSeconds, failureThreshold } = main().startupProbe as { periodSeconds: number; failureThreshold: number };
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(300);
  });

  test('a pod that is not ready leaves the Service long before it would be restarted', () => {
    const seconds = (probe: unknown) => {
      const { periodSeconds, failureThreshold } = probe as { periodSeconds: number; failureThreshold: number };
      return periodSeconds * failureThreshold;
    };
    expect(seconds(main().readinessProbe)).toBeLessThanOrEqual(15);
    expect(seconds(main().livenessProbe)).toBeGreaterThanOrEqual(60);
  });
});

describe('the application of this platform', () => {
  const { data } = find(objectsOf(server()), 'ConfigMap', 'mlflow-plugin');
  const { volumes } = pod();
  const [folder] = variables(main()).PYTHONPATH!.split(':');

  test('is found by Python with its entry points', () => {
    expect(main().args).toEqual(['python3', `${folder}/platform_server.py`]);
    expect(main().volumeMounts).toContainEqual({ name: 'mlflow-plugin', mountPath: folder, readOnly: true });
    expect(volumes).toContainEqual({ name: 'mlflow-plugin', configMap: expect.objectContaining({ name: 'mlflow-plugin' }) as object });
    expect(data).toHaveProperty(['mlflow_platform-1.dist-info.entry_points.txt'], expect.stringContaining('platform = platform_app:app'));
  });

  test('reads the setting of its threads, and the file that tells it to drain', () => {
    const source = (data as Record<string, string>)['platform_app.py'];
    expect(source).toContain('os.environ["PLATFORM_THREADS"]');
    expect(source).toContain('"/tmp/draining"');
  });

  test('asks nobody who they are, where MLflow has no users', () => {
    expect(variables(main())).not.toHaveProperty('MLFLOW_AUTH_CONFIG_PATH');
    expect(data).not.toHaveProperty(['users.ini']);
  });

  test('finds the configuration of MLflow\'s users, which names their database and no password', () => {
    const { MLFLOW_AUTH_CONFIG_PATH: path } = variables(main(all));
    expect(path).toBe('/opt/mlflow-plugin/users.ini');
    const configuration = (find(objectsOf(server(all)), 'ConfigMap', 'mlflow-plugin').data as Record<string, string>)['users.ini'];
    expect(configuration).toContain('database_uri = postgresql+platform://db/users\n');
    expect(configuration).not.toContain('admin');
  });

  test('has as many connections as its threads can hold, and keeps them', () => {
    const { MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: size, MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: overflow } = settings(all);
    expect(Number(size) + Number(overflow)).toBe(poolSize(8));
    expect(overflow).toBe('1'); // MLflow ignores 0
  });
});

describe('updates and ends', () => {
  test('a rollout whose pods wait for a migration of hours is not called failed', () => {
    expect(deployment().spec.progressDeadlineSeconds).toBe(6 * 3600);
  });

  test('a new pod is ready before an old one goes', () => {
    expect(deployment().spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  });

  test('a pod drains before it is told to end, and requests in flight may end before it is killed', () => {
    expect(main().lifecycle).toEqual({ preStop: { exec: { command: ['/bin/sh', '-c', 'touch /tmp/draining && sleep 10'] } } });
    expect(settings().MLFLOW_UVICORN_OPTS).toContain('--timeout-graceful-shutdown 40');
    expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(10 + 40);
  });

  test('an idle connection is closed by the proxy, which waits 60 seconds, not by the server', () => {
    expect(settings().MLFLOW_UVICORN_OPTS).toContain('--timeout-keep-alive 75');
  });

  test('no server starts before the schema is at its head', () => {
    expect(pod().initContainers).toMatchObject([{ name: 'wait-schema', args: ['/opt/mlflow-schema/schema.py', 'wait'] }]);
  });
});

describe('security', () => {
  test('all containers are hardened', () => {
    expect(weaknesses(pod())).toEqual([]);
    expect(weaknesses(pod(all))).toEqual([]);
  });

  test('secrets come from files, each under the name that MLflow and its libraries read', () => {
    expect(secretFiles(pod(), 'credentials')).toEqual({
      'the-keys/flask-secret-key': 'MLFLOW_FLASK_SERVER_SECRET_KEY',
      'the-keys/kek-passphrase': 'MLFLOW_CRYPTO_KEK_PASSPHRASE',
      'the-keys/webhook-key': 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
    });
    expect(main().command).toContainEqual(expect.stringContaining('SECRETS=/run/secrets/credentials\n'));
    expect(main().volumeMounts).toContainEqual({ name: 'credentials', mountPath: '/run/secrets/credentials', readOnly: true });
  });

  test('the database\'s user and password are files that are read whenever a connection is opened, and no variables, which would keep the old ones', () => {
    expect(secretFiles(pod(), 'database')).toEqual({ 'the-database/username': 'username', 'the-database/password': 'password' });
    expect(main().volumeMounts).toContainEqual({ name: 'database', mountPath: '/run/secrets/database', readOnly: true });
    expect(settings().MLFLOW_BACKEND_STORE_URI).toContain('&secret=/run/secrets/database&');
    expect(variables(main()).PYTHONPATH).toBe('/opt/mlflow-plugin:/opt/mlflow-connections');
  });

  test('authorities of the company are a file that the server trusts in addition', () => {
    expect(secretFiles(pod(), 'authorities')).toEqual({});
    expect(secretFiles(pod(all), 'authorities')).toEqual({ 'companys-authorities/ca.crt': 'ca.crt' });
    expect(variables(main(all)).PLATFORM_AUTHORITIES).toBe('/run/secrets/authorities/ca.crt');
  });

  test('the store\'s keys are read from their files for each request, and so are in no environment', () => {
    expect(secretFiles(pod(), 'store')).toEqual({ 'the-bucket/access-key-id': 'access-key-id', 'the-bucket/secret-access-key': 'secret-access-key' });
    expect(main().volumeMounts).toContainEqual({ name: 'store', mountPath: '/run/secrets/store', readOnly: true });
  });

  test('no secret is a setting, an argument or a variable of the pod', () => {
    const secrets = Object.values(secretFiles(pod(), 'credentials'));
    expect([...Object.keys(settings()), ...Object.keys(variables(main()))].filter((name) => secrets.includes(name))).toEqual([]);
    expect(main().args).toEqual(['python3', '/opt/mlflow-plugin/platform_server.py']);
  });

  test('whatever the server writes to has a size, and all together fit in its limit of local storage', () => {
    const sizes = (pod().volumes ?? []).flatMap(({ name, emptyDir }) => emptyDir && name !== 'schema-tmp' ? [quantity(emptyDir.sizeLimit!)!] : []);
    expect(sizes).toHaveLength(2);
    const limit = quantity(main().resources!.limits!['ephemeral-storage']!)!;
    expect(limit).toBeGreaterThan(sizes.reduce((total, size) => total + size));
  });
});

describe('the checksum of what is read at start', () => {
  const checksum = (change = asItIs) => deployment(change).spec.template.metadata.annotations?.['checksum/inputs'];

  test.each<[string, Change]>([
    ['the number of workers', (least) => ({ ...least, workers: 3 })],
    ['the number of threads', (least) => ({ ...least, threads: 5 })],
    ['the bucket', (least) => ({ ...least, artifacts: { ...bucket, name: 'others' } })],
    ['what users may do', (least) => ({ ...least, users: { databaseUri: 'postgresql+platform://db/users', defaultPermission: 'EDIT' } })],
    ['an origin', (least) => ({ ...least, corsOrigins: ['https://mlflow.example.com'] })],
    ['the revision of the bucket\'s Secret', (least) => ({ ...least, artifacts: { ...bucket, secret: secret('the-bucket', '2') } })],
    ['the revision of the keys', (least) => ({ ...least, keys: secret('the-keys', '2') })],
  ])('changes with %s', (_what, change) => {
    expect(checksum(change)).not.toBe(checksum());
  });

  test('changes with the revision of the database\'s Secret', () => {
    const { annotations } = deployment(asItIs, { secret: secret('the-database', '2') }).spec.template.metadata;
    expect(annotations?.['checksum/inputs']).not.toBe(checksum());
  });

  test.each<[string, Change]>([
    ['nothing changes', asItIs],
    ['only the number of pods changes', (least) => ({ ...least, replicas: 7 })],
    ['only the Service changes', (least) => ({ ...least, nodePort: 30501 })],
  ])('stays the same when %s, so that no pod is replaced', (_what, change) => {
    expect(checksum(change)).toBe(checksum());
  });
});
