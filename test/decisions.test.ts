import { METRICS } from '../lib/features/tracking-server/server-variables';
import { allowedInto, allowedOutOf } from './peers';
import { DATABASE, decided, EXTERNAL, namesOf, references, serverOf } from './decided';
import { allContainers, find, podOf, variables, workload, workloads } from './testing';

describe('an environment file decides:', () => {
  test('the least production environment makes nothing outside its namespace', () => {
    expect(namesOf(EXTERNAL)).toEqual([
      'ConfigMap/mlflow-bucket', 'ConfigMap/mlflow-connections', 'ConfigMap/mlflow-plugin', 'ConfigMap/mlflow-schema', 'ConfigMap/mlflow',
      'NetworkPolicy/mlflow-bucket', 'NetworkPolicy/mlflow-schema', 'NetworkPolicy/mlflow-tracking-server',
      'Service/mlflow', 'Job/mlflow-bucket', 'Job/mlflow-schema', 'Deployment/mlflow', 'PodDisruptionBudget/mlflow',
    ]);
  });

  test('evictions take one pod at once in production, any number locally, or as the file says', () => {
    const budget = (text: string) => decided(text).filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ spec }) => (spec as { maxUnavailable: number }).maxUnavailable);
    expect(budget(EXTERNAL)).toEqual([1]);
    expect(budget('profile: local')).toEqual([]);
    expect(budget('profile: local, tracking: {replicas: 4, disruptionBudget: {maxUnavailable: 2}}')).toEqual([2]);
  });

  test('with an autoscaler the Deployment has no number of replicas', () => {
    const objects = decided('profile: local, tracking: {autoscaling: {maxReplicas: 4}}');
    expect(find(objects, 'Deployment').spec).not.toHaveProperty('replicas');
    expect(find(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({ minReplicas: 2, maxReplicas: 4 });
  });

  test('who may connect to the tracking server', () => {
    const into = (text: string) => allowedInto(decided(`${EXTERNAL}${text}`), 'tracking-server');
    expect(into('')).toEqual([]);
    expect(into(', network: {clients: [{namespace: training}]}')).toEqual(['namespace training']);
    expect(into(', metrics: {serviceMonitor: true}')).toEqual(['pods name=prometheus in namespace monitoring']);
    expect(into(', network: {prometheus: {namespace: observability}}')).toEqual(['namespace observability']);
  });

  test('who may connect to a server without a guard: the ingress controller', () => {
    const into = (ingress: string, more = '') =>
      allowedInto(decided(`${EXTERNAL}, access: {mode: basic}, ingress: {hosts: [a.b], tls: {provider: before-cluster}${ingress}}${more}`), 'tracking-server');
    expect(into('')).toContain('namespace ingress-nginx');
    expect(into(', controller: traefik')).toContain('namespace traefik');
    expect(into('', ', network: {ingressController: {namespace: edge}}')).toEqual(['namespace edge']);
  });

  test('who may connect to a server without a guard: the proxies of this gateway alone', () => {
    const into = (more: string) =>
      allowedInto(decided(`${EXTERNAL}, access: {mode: basic}, gateway: {hosts: [a.b], tls: {provider: before-cluster}}${more}`), 'tracking-server');
    const proxies = (text: string[]) => text.map((each) => each.replaceAll('gateway.envoyproxy.io/owning-', ''));
    expect(proxies(into(''))).toEqual(['pods gateway-name=mlflow, gateway-namespace=mlflow in namespace envoy-gateway-system']);
    expect(proxies(into(', network: {ingressController: {namespace: edge}}'))).toEqual(['pods gateway-name=mlflow, gateway-namespace=mlflow in namespace edge']);
    expect(into(', network: {ingressController: {namespace: edge, podLabels: {app: proxy}}}')).toEqual(['pods app=proxy in namespace edge']);
  });

  test('Prometheus is its pods, and reaches the metrics only', () => {
    interface Spec { ingress: { from: object[]; ports: object[] }[] }
    const { ingress } = find(decided(`${EXTERNAL}, metrics: {serviceMonitor: true}`), 'NetworkPolicy', 'mlflow-tracking-server').spec as Spec;
    expect(ingress).toEqual([{
      from: [{
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
      }],
      ports: [{ port: METRICS.port, protocol: 'TCP' }],
    }]);
  });

  test('what the tracking server and the Jobs may connect to', () => {
    const out = (text: string, component: string) => allowedOutOf(decided(text), component);
    const dns = 'DNS of pods k8s-app=kube-dns in namespace kube-system';
    expect(out(EXTERNAL, 'schema')).toEqual([dns, 'port 5432 of the same namespace']);
    expect(out(EXTERNAL, 'bucket')).toEqual([dns, 'port 9000 of the same namespace']);
    const placed = `${EXTERNAL}, network: {dns: [{cidrs: [169.254.20.10/32]}], database: {cidrs: [10.9.8.7/32], port: 6432}, `
      + 'objectStore: {namespace: minio, podLabels: {app: minio}}, destinations: [{namespace: hooks, port: 8443}]}';
    expect(out(placed, 'tracking-server'))
      .toEqual(['DNS of 169.254.20.10/32', 'port 6432 of 10.9.8.7/32', 'port 9000 of pods app=minio in namespace minio', 'port 8443 of namespace hooks']);
    expect(out(placed, 'schema')).toEqual(['DNS of 169.254.20.10/32', 'port 6432 of 10.9.8.7/32']);
    expect(out(`${EXTERNAL}, network: {objectStore: {port: 9443}}`, 'bucket')).toContain('port 9443 of the same namespace');
    expect(out(`${DATABASE}, artifactStore: {provider: s3}`, 'bucket')).toContain('port 443 of 0.0.0.0/0');
    expect(out(`${DATABASE}, artifactStore: {provider: s3, endpoint: "http://s3.example.com"}`, 'bucket')).toContain('port 80 of 0.0.0.0/0');
  });

  test('with an administrator the database is set up', () => {
    expect(namesOf('database: {provider: external, host: db, administratorSecret: admin}, artifactStore: {provider: s3}'))
      .toContain('Job/mlflow-database-set-up');
  });

  test('with users: their database is set up, their administrator made, and the server asks who somebody is', () => {
    const users = `${EXTERNAL.replace('host: db', 'host: db, administratorSecret: admin')}, access: {mode: basic, databaseName: people, administratorSecret: first}`;
    expect(namesOf(users).filter((name) => name.startsWith('Job/')))
      .toEqual(['Job/mlflow-administrator', 'Job/mlflow-bucket', 'Job/mlflow-database-set-up', 'Job/mlflow-schema']);
    const pods = Object.fromEntries(workloads(decided(users)).map(({ metadata, spec }) => [metadata.name.replace(/-[0-9a-f]{8}$/, ''), spec.template.spec]));
    const reading = Object.keys(pods).filter((name) => references(pods[name]!).includes('Secret/first.password'));
    expect(reading).toEqual(['mlflow-administrator']);
    const containers = [pods['mlflow-database-set-up']!.containers[0]!, pods.mlflow!.initContainers![0]!, pods['mlflow-administrator']!.initContainers![0]!];
    for (const container of containers) expect(variables(container).MLFLOW_USERS_URI).toContain('/people?');
    expect(variables(pods.mlflow!.containers[0]!)).toHaveProperty('MLFLOW_AUTH_CONFIG_PATH');
  });

  test('without set-up no Job makes role and database, as without an administrator', () => {
    expect(namesOf(EXTERNAL.replace('host: db', 'host: db, setUp: false'))).toEqual(namesOf(EXTERNAL));
    expect(namesOf(EXTERNAL)).not.toContain('Job/mlflow-database-set-up');
  });

  test('whatever connects to the database has its authorities and the certificate to show', () => {
    const tls = EXTERNAL.replace('host: db', 'host: db, administratorSecret: admin, sslMode: verify-full, caSecret: ca, clientCertificateSecret: certificate');
    const pods = workloads(decided(`${tls}, access: {mode: basic}`)).filter(({ metadata }) => !metadata.name.startsWith('mlflow-bucket'));
    expect(pods).toHaveLength(4);
    for (const { spec } of pods) {
      expect(references(spec.template.spec)).toEqual(expect.arrayContaining(['Secret/ca.ca.crt', 'Secret/certificate.tls.crt', 'Secret/certificate.tls.key']));
      for (const { volumeMounts } of allContainers(spec.template.spec)) {
        expect(volumeMounts).toContainEqual({ name: 'database', mountPath: '/run/secrets/database', readOnly: true });
      }
    }
  });

  test('without users nobody is asked, and no administrator made', () => {
    expect(namesOf(EXTERNAL).join()).not.toMatch(/administrator|users/);
    expect(variables(serverOf(EXTERNAL))).not.toHaveProperty('MLFLOW_AUTH_CONFIG_PATH');
  });

  test('with users the embedded database lets their administrator\'s Job in', () => {
    const into = (text: string) => allowedInto(decided(text), 'postgres');
    expect(into('profile: local, access: {mode: basic}')).toContain('component administrator');
    expect(into('profile: local')).not.toContain('component administrator');
  });

  test('with an administrator the server\'s user of the store is made', () => {
    const objects = decided(`${DATABASE}, artifactStore: {provider: minio, endpoint: "http://minio:9000", administratorSecret: admin}`);
    const job = workloads(objects).find(({ metadata }) => metadata.name.startsWith('mlflow-bucket'))!;
    expect(variables(job.spec.template.spec.containers[0]!)).toMatchObject({ PLATFORM: 'mlflow/test', MC: '/opt/mc/mc' });
  });

  test('without set-up no Job looks at the store', () => {
    expect(namesOf(`${DATABASE}, artifactStore: {provider: s3, setUp: false}`).filter((name) => name.includes('bucket'))).toEqual([]);
  });

  test('artifacts are below the prefix, and the store is verified by the authority of the file', () => {
    const objects = decided(`${DATABASE}, artifactStore: {provider: s3, endpoint: "https://minio:9000", prefix: company/mlflow, caSecret: ours}`);
    expect(find(objects, 'ConfigMap', 'mlflow').data).toMatchObject({ MLFLOW_ARTIFACTS_DESTINATION: 's3://mlflow-artifacts/company/mlflow' });
    const pods = workloads(objects).filter(({ spec }) => references(spec.template.spec).includes('Secret/ours.ca.crt'));
    expect(pods.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8}$/, '')).sort()).toEqual(['mlflow', 'mlflow-bucket']);
  });

  test('the embedded database allows the connections that the role may hold, and more', () => {
    const postgres = workloads(decided('profile: local, database: {provider: embedded, connectionLimit: 90}'))
      .find(({ metadata }) => metadata.name === 'mlflow-postgres')!;
    expect(postgres.spec.template.spec.containers[0]!.args).toContain('max_connections=98');
  });

  test('in production replicas never share a host, and locally they may', () => {
    expect(podOf(decided(EXTERNAL), 'Deployment').topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'DoNotSchedule' }, {}]);
    expect(podOf(decided('profile: local'), 'Deployment').topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'ScheduleAnyway' }, {}]);
  });

  test.each([EXTERNAL, 'profile: local'])('a forwarded port is answered, as the summary tells it: %s', (text) => {
    expect(variables(serverOf(text)).MLFLOW_SERVER_ALLOWED_HOSTS!.split(',')).toEqual(expect.arrayContaining(['localhost', 'localhost:*', '127.0.0.1:*', '[[]::1]:*']));
  });

  test('hosts of the Ingress are answered, and their pages may change something', () => {
    const objects = decided('profile: local, ingress: {hosts: [a.b], tls: {provider: secret, secret: tls}}');
    expect(find(objects, 'Ingress').spec).toMatchObject({ rules: [{ host: 'a.b' }], tls: [{ hosts: ['a.b'], secretName: 'tls' }] });
    expect(find(objects, 'ConfigMap', 'mlflow').data).toHaveProperty('MLFLOW_SERVER_CORS_ALLOWED_ORIGINS', 'https://a.b');
    expect(variables(podOf(objects, 'Deployment').containers[0]!).MLFLOW_SERVER_ALLOWED_HOSTS).toContain(',a.b,');
  });

  test('a host may have any name', () => {
    expect(find(decided('profile: local, ingress: {hosts: [constructor]}'), 'Ingress').spec).toMatchObject({ rules: [{ host: 'constructor' }] });
  });

  test('uploads have the size that the Ingress allows', () => {
    expect(find(decided('profile: local, ingress: {hosts: [a.b], maxBodySize: 5Gi}'), 'Ingress').metadata)
      .toHaveProperty(['annotations', 'nginx.ingress.kubernetes.io/proxy-body-size'], '5368709120');
  });

  test('the Service has a port on every node', () => {
    expect(find(decided('profile: local, service: {type: NodePort, nodePort: 30500}'), 'Service', 'mlflow').spec)
      .toMatchObject({ type: 'NodePort', ports: [{ nodePort: 30500 }] });
  });

  test('Prometheus is told only where it is there', () => {
    expect(namesOf('profile: local')).not.toContain('ServiceMonitor/mlflow-metrics');
    expect(namesOf('profile: local, metrics: {serviceMonitor: true}')).toContain('ServiceMonitor/mlflow-metrics');
  });

  test('a raised revision of Secrets runs the Jobs again and replaces the server\'s pods', () => {
    const changing = (text: string) => {
      const objects = decided(text);
      return [
        ...objects.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name),
        workload(objects, 'Deployment').spec.template.metadata.annotations!['checksum/inputs']!,
      ];
    };
    const before = changing(EXTERNAL);
    const after = changing(`${EXTERNAL}, secretsRevision: 2`);
    expect(before.filter((each) => after.includes(each))).toEqual([]);
    expect(changing(`${EXTERNAL}, secretsRevision: 1`)).toEqual(before);
  });
});
