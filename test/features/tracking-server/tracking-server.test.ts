import { allowedInto, allowedOutOf, openPorts, withPolicies } from '../../peers';
import { poolSize } from '../../../lib/features/tracking-server/capacity';
import { databaseClient, find, objectsOf, testChart, testSelector, variables } from '../../testing';
import { server, deployment, pod, main, settings, all } from './tracking-server';

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
    expect(allowedInto(withPolicies(server()), 'tracking-server')).toEqual([]);
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

  test('only the clients reach the server, and it reaches its database, its bucket and its callees', () => {
    const objects = withPolicies(server(all));
    expect(allowedInto(objects, 'tracking-server')).toEqual(['namespace training', '10.30.0.0/16']);
    expect(openPorts(objects, 'tracking-server')).toEqual([5000]);
    expect(allowedOutOf(objects, 'tracking-server')).toEqual([
      'DNS of pods k8s-app=kube-dns in namespace kube-system', 'port 5433 of namespace data', 'port 443 of 10.20.0.0/16', 'port 8443 of namespace receivers',
    ]);
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
    const { PLATFORM_DRAINING, PLATFORM_LAST_BYTES_WITHIN_S, MLFLOW_UVICORN_OPTS } = settings();
    expect(main().lifecycle).toEqual({ preStop: { exec: { command: ['/bin/sh', '-c', `touch ${PLATFORM_DRAINING} && sleep 10`] } } });
    expect(MLFLOW_UVICORN_OPTS).toContain('--timeout-graceful-shutdown 40');
    expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(10 + 40 + Number(PLATFORM_LAST_BYTES_WITHIN_S));
  });

  test('the server answers the readiness probe before that gives up', () => {
    expect(Number(settings().PLATFORM_READY_WITHIN_S)).toBeLessThan((main().readinessProbe as { timeoutSeconds: number }).timeoutSeconds);
  });

  test('what people start in a pod finds the passwords, and the server its store\'s keys', () => {
    const folders = main().volumeMounts!.map(({ mountPath }) => mountPath);
    expect(folders).toContain(variables(main()).PLATFORM_CREDENTIALS);
    expect(folders).toContain(settings().PLATFORM_STORE);
  });

  test('an idle connection is closed by the proxy, which waits 60 seconds, not by the server', () => {
    expect(settings().MLFLOW_UVICORN_OPTS).toContain('--timeout-keep-alive 75');
  });

  test('no server starts before the schema is at its head', () => {
    expect(pod().initContainers).toMatchObject([{ name: 'wait-schema', args: ['/opt/mlflow-schema/schema.py', 'wait'] }]);
  });
});
