import { quantity } from '../lib/kit/quantity';
import type { KubernetesObject } from '../lib/manifests/manifest';
import { render } from '../lib/manifests/render';
import { METRICS } from '../lib/tracking-server/server-variables';
import { allContainers, environment, find, manifestsOf, podOf, secretValues, variables, weaknesses, workload, workloads, type Pod } from './testing';

type Labels = Record<string, string>;

interface Backend { readonly service: { readonly name: string; readonly port: { readonly number: number } } }

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Each `kind/name.key` that a pod reads: of ConfigMaps, Secrets and claims. */
function references(pod: Pod): string[] {
  const keys = (kind: string, { name, items }: { name: string; items?: readonly { key: string }[] }) =>
    items ? items.map(({ key }) => `${kind}/${name}.${key}`) : [`${kind}/${name}`];
  return [
    ...(pod.volumes ?? []).flatMap(({ configMap, persistentVolumeClaim, projected }) => [
      ...configMap ? keys('ConfigMap', configMap) : [],
      ...persistentVolumeClaim ? [`PersistentVolumeClaim/${persistentVolumeClaim.claimName}`] : [],
      ...projected ? projected.sources.flatMap(({ secret }) => keys('Secret', secret)) : [],
    ]),
    ...allContainers(pod).flatMap(({ envFrom = [] }) => envFrom.flatMap(({ configMapRef }) => configMapRef ? keys('ConfigMap', configMapRef) : [])),
  ];
}

/** Each `kind/name` and `kind/name.key` that is rendered. */
function referable(objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap(({ kind, metadata: { name }, data }) => {
    const whole = `${kind}/${name}`;
    return [whole, ...Object.keys(data ?? {}).map((key) => `${whole}.${key}`)];
  });
}

describe.each(['local', 'production'])('environment %s', (name) => {
  const manifests = manifestsOf(name);
  const objects = manifests.map(({ object }) => object);
  const pods = workloads(objects)
    .map(({ metadata, spec: { template } }) => ({ name: metadata.name, labels: template.metadata.labels, pod: template.spec }));

  test.each(manifests)('$file', ({ yaml }) => {
    expect(yaml).toMatchSnapshot();
  });

  test('a second synthesis writes the same bytes', () => {
    expect(manifestsOf(name)).toEqual(manifests);
  });

  test('no two objects of a kind have one name', () => {
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names.filter((each, index) => names.indexOf(each) !== index)).toEqual([]);
  });

  test('all names are such that Kubernetes accepts them', () => {
    const names = [
      ...objects.map(({ metadata }) => metadata.name),
      ...pods.flatMap(({ pod }) => [...allContainers(pod), ...pod.volumes ?? []].map((part) => part.name)),
    ];
    expect(names.filter((each) => !LABEL.test(each))).toEqual([]);
  });

  test('everything is in the environment\'s namespace, and bears its labels', () => {
    const namespaced = objects.filter(({ kind }) => kind !== 'Namespace');
    expect(new Set(namespaced.map(({ metadata }) => metadata.namespace)).size).toBe(1);
    for (const { metadata } of objects) expect(metadata).toHaveProperty(['labels', 'app.kubernetes.io/instance'], name);
  });

  test('each selector matches the pods of one workload', () => {
    const ofServices = objects.filter(({ kind }) => kind === 'Service')
      .map(({ metadata, spec }) => ({ owner: metadata.name, selector: (spec as { selector: Labels }).selector }));
    const ofWorkloads = workloads(objects).filter(({ spec }) => spec.selector)
      .map(({ metadata, spec }) => ({ owner: metadata.name, selector: spec.selector!.matchLabels }));
    for (const { owner, selector } of [...ofServices, ...ofWorkloads]) {
      expect(pods.filter(({ labels }) => selects(selector, labels)).map((pod) => pod.name)).toEqual([owner.replace(/-(pods|metrics)$/, '')]);
    }
  });

  test('each ServiceMonitor matches one Service with the port that it names', () => {
    for (const monitor of objects.filter(({ kind }) => kind === 'ServiceMonitor')) {
      const { selector, endpoints } = monitor.spec as { selector: { matchLabels: Labels }; endpoints: { port: string }[] };
      const matched = objects.filter(({ kind, metadata, spec }) => kind === 'Service' && selects(selector.matchLabels, (metadata as { labels?: Labels }).labels ?? {})
        && (spec as { ports: { name: string }[] }).ports.some(({ name }) => name === endpoints[0]!.port));
      expect(matched.map(({ metadata }) => metadata.name)).toEqual([monitor.metadata.name]);
    }
  });

  test('all pods are hardened', () => {
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods) expect([pod.name, weaknesses(pod.pod)]).toEqual([pod.name, []]);
  });

  test('all requests are within limits', () => {
    for (const { resources } of pods.flatMap(({ pod }) => allContainers(pod))) {
      for (const [amount, request] of Object.entries(resources!.requests!)) {
        expect(quantity(request)).toBeLessThanOrEqual(quantity(resources!.limits![amount]!)!);
      }
    }
  });

  test('all images have a fixed tag', () => {
    const images = pods.flatMap(({ pod }) => allContainers(pod).map(({ image }) => image));
    expect(images.filter((image) => !/:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image))).toEqual([]);
  });

  test('volumes that are mounted are there, and volumes that are there are mounted', () => {
    for (const { pod } of pods) {
      const mounted = allContainers(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map((mount) => mount.name));
      expect(new Set(mounted)).toEqual(new Set((pod.volumes ?? []).map((volume) => volume.name)));
    }
  });

  test('ConfigMaps and claims that pods read are rendered, with the keys', () => {
    const read = pods.flatMap(({ pod }) => references(pod)).filter((reference) => !reference.startsWith('Secret/'));
    expect(read.filter((reference) => !referable(objects).includes(reference))).toEqual([]);
  });

  test('Services that an Ingress leads to are rendered, with the port', () => {
    for (const { spec } of objects.filter(({ kind }) => kind === 'Ingress')) {
      const { rules } = spec as { rules: { http: { paths: { backend: Backend }[] } }[] };
      for (const { service } of rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend))) {
        expect(find(objects, 'Service', service.name).spec).toMatchObject({ ports: [{ port: service.port.number }] });
      }
    }
  });

  test('nothing would be sent again by every apply: the API server turns stringData into data, and drops variables\' empty values', () => {
    expect(objects.filter((object) => 'stringData' in object)).toEqual([]);
    const containers = workloads(objects).flatMap(({ spec }) => allContainers(spec.template.spec));
    expect(containers.flatMap(({ env = [] }) => env).filter(({ value }) => value === '')).toEqual([]);
  });

  test('no secret value is anywhere but in Secrets', () => {
    const values = Object.values(secretValues).flatMap((pairs) => Object.values(pairs)).filter((value) => value.length > 40);
    const forms = values.flatMap((value) => [value, Buffer.from(value).toString('base64'), encodeURIComponent(value)]);
    const leaks = manifests.filter(({ object, yaml }) => object.kind !== 'Secret' && forms.some((form) => yaml.includes(form)));
    expect(leaks.map(({ file }) => file)).toEqual([]);
  });
});

test('the selectors of one environment match no pods of another', () => {
  const [local, production] = ['local', 'production'].map((name) => workloads(manifestsOf(name).map(({ object }) => object)));
  for (const { spec } of local!.filter((each) => each.spec.selector)) {
    expect(production!.filter((other) => selects(spec.selector!.matchLabels, other.spec.template.metadata.labels))).toEqual([]);
  }
});

test('local: the Secrets that pods read are rendered, with the keys', () => {
  const objects = manifestsOf('local').map(({ object }) => object);
  const read = workloads(objects).flatMap(({ spec }) => references(spec.template.spec)).filter((reference) => reference.startsWith('Secret/'));
  expect(read.length).toBeGreaterThan(0);
  expect(read.filter((reference) => !referable(objects).includes(reference))).toEqual([]);
});

test('production: the Secrets that pods read are those that the file names', () => {
  const objects = manifestsOf('production').map(({ object }) => object);
  const read = workloads(objects).flatMap(({ spec }) => references(spec.template.spec)).filter((reference) => reference.startsWith('Secret/'));
  expect(new Set(read.map((reference) => reference.replace(/\..*/, '')))).toEqual(new Set([
    'Secret/mlflow-database',
    'Secret/mlflow-database-administrator',
    'Secret/mlflow-object-store',
    'Secret/mlflow-object-store-administrator',
    'Secret/mlflow-server-keys',
  ]));
});

describe('an environment file decides:', () => {
  const DATABASE = 'database: {provider: external, host: db}';
  const EXTERNAL = `${DATABASE}, artifactStore: {provider: minio, endpoint: "http://minio:9000"}`;
  const objectsOf = (text: string) => render(environment(`{${text}}`)).map(({ object }) => object);
  const namesOf = (text: string) => objectsOf(text).map(({ kind, metadata }) => `${kind}/${metadata.name.replace(/-[0-9a-f]{8}$/, '')}`);
  const serverOf = (text: string) => podOf(objectsOf(text), 'Deployment').containers[0]!;

  test('the least production environment makes nothing outside its namespace', () => {
    expect(namesOf(EXTERNAL)).toEqual([
      'ConfigMap/mlflow-bucket', 'ConfigMap/mlflow-connections', 'ConfigMap/mlflow-plugin', 'ConfigMap/mlflow-schema', 'ConfigMap/mlflow',
      'NetworkPolicy/mlflow-bucket', 'NetworkPolicy/mlflow-schema', 'NetworkPolicy/mlflow-tracking-server',
      'Service/mlflow', 'Job/mlflow-bucket', 'Job/mlflow-schema', 'Deployment/mlflow', 'PodDisruptionBudget/mlflow',
    ]);
  });

  test('evictions take one pod at once in production, any number locally, or as the file says', () => {
    const budget = (text: string) => objectsOf(text).filter(({ kind }) => kind === 'PodDisruptionBudget').map(({ spec }) => (spec as { maxUnavailable: number }).maxUnavailable);
    expect(budget(EXTERNAL)).toEqual([1]);
    expect(budget('profile: local')).toEqual([]);
    expect(budget('profile: local, tracking: {replicas: 4, disruptionBudget: {maxUnavailable: 2}}')).toEqual([2]);
  });

  test('with an autoscaler the Deployment has no number of replicas', () => {
    const objects = objectsOf('profile: local, tracking: {autoscaling: {maxReplicas: 4}}');
    expect(find(objects, 'Deployment').spec).not.toHaveProperty('replicas');
    expect(find(objects, 'HorizontalPodAutoscaler').spec).toMatchObject({ minReplicas: 2, maxReplicas: 4 });
  });

  test('who may connect to the tracking server', () => {
    const from = (text: string) => JSON.stringify((find(objectsOf(text), 'NetworkPolicy', 'mlflow-tracking-server').spec as { ingress?: object }).ingress ?? null);
    expect(from(EXTERNAL)).toBe('null');
    expect(from(`${EXTERNAL}, network: {clients: [{namespace: training}]}`)).toContain('"training"');
    const ingress = (more: string) => from(`${EXTERNAL}, access: {mode: basic}, ingress: {hosts: [a.b], tls: {provider: before-cluster}${more}`);
    expect(ingress('}')).toContain('"ingress-nginx"');
    expect(ingress(', controller: traefik}')).toContain('"traefik"');
    expect(ingress('}, network: {ingressController: {namespace: edge}}')).toMatch(/^(?!.*ingress-nginx).*"edge"/);
    expect(from(`${EXTERNAL}, access: {mode: basic}, gateway: {hosts: [a.b], tls: {provider: before-cluster}}`))
      .toMatch(/"envoy-gateway-system".*"gateway.envoyproxy.io\/owning-gateway-name":"mlflow"/);
    const gateway = (more: string) => from(`${EXTERNAL}, access: {mode: basic}, gateway: {hosts: [a.b], tls: {provider: before-cluster}}, network: {ingressController: ${more}}`);
    expect(gateway('{namespace: edge}')).toMatch(/^(?!.*envoy-gateway-system).*"edge".*"gateway.envoyproxy.io\/owning-gateway-name":"mlflow"/);
    expect(gateway('{namespace: edge, podLabels: {app: proxy}}')).toMatch(/^(?!.*owning-gateway).*"edge".*"app":"proxy"/);
    expect(from(`${EXTERNAL}, metrics: {serviceMonitor: true}`)).toContain('"monitoring"');
    expect(from(`${EXTERNAL}, network: {prometheus: {namespace: observability}}`)).toContain('"observability"');
  });

  test('Prometheus is its pods, and reaches the metrics only', () => {
    interface Spec { ingress: { from: object[]; ports: object[] }[] }
    const { ingress } = find(objectsOf(`${EXTERNAL}, metrics: {serviceMonitor: true}`), 'NetworkPolicy', 'mlflow-tracking-server').spec as Spec;
    expect(ingress).toEqual([{
      from: [{
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
      }],
      ports: [{ port: METRICS.port, protocol: 'TCP' }],
    }]);
  });

  test('whom the tracking server and the Jobs may connect to', () => {
    const to = (text: string, component: string) => JSON.stringify((find(objectsOf(text), 'NetworkPolicy', `mlflow-${component}`).spec as { egress: object }).egress);
    expect(to(EXTERNAL, 'schema')).toContain('"port":5432');
    expect(to(EXTERNAL, 'schema')).not.toContain('"port":9000');
    expect(to(EXTERNAL, 'bucket')).toContain('"port":9000');
    expect(to(EXTERNAL, 'bucket')).not.toContain('"port":5432');
    const placed = `${EXTERNAL}, network: {dns: [{cidrs: [169.254.20.10/32]}], database: {cidrs: [10.9.8.7/32], port: 6432}, `
      + 'objectStore: {namespace: minio, podLabels: {app: minio}}, destinations: [{namespace: hooks, port: 8443}]}';
    expect(to(placed, 'tracking-server')).toMatch(/169\.254\.20\.10.*6432.*10\.9\.8\.7.*9000.*"minio".*8443.*"hooks"/);
    expect(to(placed, 'schema')).not.toMatch(/kube-dns|hooks|minio/);
    expect(to(`${EXTERNAL}, network: {objectStore: {port: 9443}}`, 'bucket')).toMatch(/"port":9443.*"podSelector":\{\}/);
    expect(to(`${DATABASE}, artifactStore: {provider: s3}`, 'bucket')).toMatch(/"port":443.*0\.0\.0\.0/);
    expect(to(`${DATABASE}, artifactStore: {provider: s3, endpoint: "http://s3.example.com"}`, 'bucket')).toMatch(/"port":80,/);
  });

  test('with an administrator the database is set up', () => {
    expect(namesOf('database: {provider: external, host: db, administratorSecret: admin}, artifactStore: {provider: s3}'))
      .toContain('Job/mlflow-database-set-up');
  });

  test('with users: their database is set up, their administrator made, and the server asks who somebody is', () => {
    const users = `${EXTERNAL.replace('host: db', 'host: db, administratorSecret: admin')}, access: {mode: basic, databaseName: people, administratorSecret: first}`;
    expect(namesOf(users).filter((name) => name.startsWith('Job/')))
      .toEqual(['Job/mlflow-administrator', 'Job/mlflow-bucket', 'Job/mlflow-database-set-up', 'Job/mlflow-schema']);
    const pods = Object.fromEntries(workloads(objectsOf(users)).map(({ metadata, spec }) => [metadata.name.replace(/-[0-9a-f]{8}$/, ''), spec.template.spec]));
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
    const pods = workloads(objectsOf(`${tls}, access: {mode: basic}`)).filter(({ metadata }) => !metadata.name.startsWith('mlflow-bucket'));
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
    const from = (text: string) => JSON.stringify((find(objectsOf(text), 'NetworkPolicy', 'mlflow-postgres').spec as { ingress: object }).ingress);
    expect(from('profile: local, access: {mode: basic}')).toContain('"administrator"');
    expect(from('profile: local')).not.toContain('"administrator"');
  });

  test('with an administrator the server\'s user of the store is made', () => {
    const objects = objectsOf(`${DATABASE}, artifactStore: {provider: minio, endpoint: "http://minio:9000", administratorSecret: admin}`);
    const job = workloads(objects).find(({ metadata }) => metadata.name.startsWith('mlflow-bucket'))!;
    expect(variables(job.spec.template.spec.containers[0]!)).toMatchObject({ PLATFORM: 'mlflow/test', MC: '/opt/mc/mc' });
  });

  test('without set-up no Job looks at the store', () => {
    expect(namesOf(`${DATABASE}, artifactStore: {provider: s3, setUp: false}`).filter((name) => name.includes('bucket'))).toEqual([]);
  });

  test('artifacts are below the prefix, and the store is verified by the authority of the file', () => {
    const objects = objectsOf(`${DATABASE}, artifactStore: {provider: s3, endpoint: "https://minio:9000", prefix: company/mlflow, caSecret: ours}`);
    expect(find(objects, 'ConfigMap', 'mlflow').data).toMatchObject({ MLFLOW_ARTIFACTS_DESTINATION: 's3://mlflow-artifacts/company/mlflow' });
    const pods = workloads(objects).filter(({ spec }) => references(spec.template.spec).includes('Secret/ours.ca.crt'));
    expect(pods.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8}$/, '')).sort()).toEqual(['mlflow', 'mlflow-bucket']);
  });

  test('the embedded database allows the connections that the role may hold, and more', () => {
    const postgres = workloads(objectsOf('profile: local, database: {provider: embedded, connectionLimit: 90}'))
      .find(({ metadata }) => metadata.name === 'mlflow-postgres')!;
    expect(postgres.spec.template.spec.containers[0]!.args).toContain('max_connections=98');
  });

  test('in production replicas never share a host, and locally they may', () => {
    expect(podOf(objectsOf(EXTERNAL), 'Deployment').topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'DoNotSchedule' }, {}]);
    expect(podOf(objectsOf('profile: local'), 'Deployment').topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'ScheduleAnyway' }, {}]);
  });

  test.each([EXTERNAL, 'profile: local'])('a forwarded port is answered, as the summary tells it: %s', (text) => {
    expect(variables(serverOf(text)).MLFLOW_SERVER_ALLOWED_HOSTS!.split(',')).toEqual(expect.arrayContaining(['localhost', 'localhost:*', '127.0.0.1:*', '[[]::1]:*']));
  });

  test('hosts of the Ingress are answered, and their pages may change something', () => {
    const objects = objectsOf('profile: local, ingress: {hosts: [a.b], tls: {provider: secret, secret: tls}}');
    expect(find(objects, 'Ingress').spec).toMatchObject({ rules: [{ host: 'a.b' }], tls: [{ hosts: ['a.b'], secretName: 'tls' }] });
    expect(find(objects, 'ConfigMap', 'mlflow').data).toHaveProperty('MLFLOW_SERVER_CORS_ALLOWED_ORIGINS', 'https://a.b');
    expect(variables(podOf(objects, 'Deployment').containers[0]!).MLFLOW_SERVER_ALLOWED_HOSTS).toContain(',a.b,');
  });

  test('a host may have any name', () => {
    expect(find(objectsOf('profile: local, ingress: {hosts: [constructor]}'), 'Ingress').spec).toMatchObject({ rules: [{ host: 'constructor' }] });
  });

  test('uploads have the size that the Ingress allows', () => {
    expect(find(objectsOf('profile: local, ingress: {hosts: [a.b], maxBodySize: 5Gi}'), 'Ingress').metadata)
      .toHaveProperty(['annotations', 'nginx.ingress.kubernetes.io/proxy-body-size'], '5368709120');
  });

  describe('before an Ingress', () => {
    const CLOUDFLARE = `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}`;
    const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
    const way = (access: string) => `${EXTERNAL}, ingress: {hosts: [a.b], tls: {provider: before-cluster}}, access: ${access}`;
    const backends = (text: string, name: string) => (find(objectsOf(text), 'Ingress', name).spec as { rules: { http: { paths: { path: string; backend: Backend }[] } }[] })
      .rules.flatMap(({ http }) => http.paths.map(({ path, backend: { service } }) => ({ path, service: `${service.name}:${service.port.number}` })));
    const services = (text: string, name: string) => [...new Set(backends(text, name).map(({ service }) => service))];
    const clients = (text: string) => JSON.stringify((find(objectsOf(text), 'NetworkPolicy', 'mlflow-tracking-server').spec as { ingress?: object }).ingress ?? null);

    test('stands a guard for each entrance, as its access says', () => {
      const both = `${way(CLOUDFLARE)}, internal: {hosts: [c.d], tls: {provider: before-cluster}, access: ${OIDC}}`;
      expect(services(both, 'mlflow')).toEqual(['mlflow-token-verifier:8080']);
      expect(services(both, 'mlflow-internal')).toEqual(['mlflow-internal-sign-in:4180']);
      expect(backends(both, 'mlflow-internal')).toContainEqual({ path: '/oauth2', service: 'mlflow-internal-sign-in:4180' });
      expect(backends(both, 'mlflow')).not.toContainEqual(expect.objectContaining({ path: '/oauth2' }));
      expect(namesOf(both)).toEqual(expect.arrayContaining([
        'Deployment/mlflow-token-verifier', 'PodDisruptionBudget/mlflow-token-verifier', 'NetworkPolicy/mlflow-token-verifier', 'Deployment/mlflow-internal-sign-in',
      ]));
    });

    test('the server takes connections from the guards and not from the controller', () => {
      expect(clients(way(OIDC))).toMatch(/^(?!.*ingress-nginx).*"sign-in"/);
      expect(clients(`${way(CLOUDFLARE)}, internal: {hosts: [c.d], tls: {provider: before-cluster}}`)).toMatch(/^(?!.*ingress-nginx).*"token-verifier".*"internal-token-verifier"/);
      const named = `${way(OIDC)}, network: {ingressController: {namespace: edge}, clients: [{namespace: training}]}`;
      expect(clients(named)).toMatch(/^(?!.*"edge").*"training".*"sign-in"/);
      expect(JSON.stringify(find(objectsOf(named), 'NetworkPolicy', 'mlflow-sign-in').spec)).toContain('"edge"');
      expect(JSON.stringify(find(objectsOf(way(OIDC).replace('tls:', 'controller: traefik, tls:')), 'NetworkPolicy', 'mlflow-sign-in').spec)).toContain('"traefik"');
    });

    test('the controllers of k3s, RKE2 and MicroK8s are let in without a word, and no other pods of their namespaces', () => {
      interface Policy { ingress: { from: { namespaceSelector: { matchLabels: Labels }; podSelector: { matchLabels?: Labels } }[] }[] }
      const policy = (controller: string) => find(objectsOf(way(OIDC).replace('tls:', `controller: ${controller}, tls:`)), 'NetworkPolicy', 'mlflow-sign-in');
      const from = (controller: string) => (policy(controller).spec as Policy).ingress.flatMap((rule) => rule.from)
        .map(({ namespaceSelector, podSelector }) => [Object.values(namespaceSelector.matchLabels)[0], podSelector.matchLabels]);
      expect(from('traefik')).toEqual([
        ['traefik', undefined], ['kube-system', { 'app.kubernetes.io/name': 'traefik' }], ['ingress', { 'app.kubernetes.io/name': 'traefik' }],
      ]);
      expect(from('nginx')).toEqual([
        ['ingress-nginx', undefined], ['kube-system', { 'app.kubernetes.io/name': 'rke2-ingress-nginx' }], ['ingress', { name: 'nginx-ingress-microk8s' }],
        ['ingress', { 'app.kubernetes.io/name': 'traefik' }],
      ]);
    });

    test('nobody stands where MLflow knows its users itself, or everybody may come', () => {
      const basic = way('{mode: basic}');
      expect(services(basic, 'mlflow')).toEqual(['mlflow:5000']);
      expect(clients(basic)).toContain('"ingress-nginx"');
      const half = `profile: local, ingress: {hosts: [a.b]}, access: {mode: none}, internal: {hosts: [c.d], access: ${OIDC}}`;
      expect(services(half, 'mlflow')).toEqual(['mlflow:5000']);
      expect(clients(half)).toMatch(/"internal-sign-in".*"ingress-nginx"/);
    });

    test('guards follow the profile: spread and budget, cookies of https', () => {
      const args = (text: string) => workloads(objectsOf(text)).find(({ metadata }) => metadata.name === 'mlflow-sign-in')!.spec.template.spec.containers[0]!.args!;
      expect(args(way(OIDC))).toContain('--cookie-secure=true');
      expect(args(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC}`)).toContain('--cookie-secure=false');
      expect(namesOf(`profile: local, ingress: {hosts: [a.b]}, access: ${OIDC}`)).not.toContain('PodDisruptionBudget/mlflow-sign-in');
    });
  });

  describe('behind a gateway', () => {
    const CLOUDFLARE = `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}`;
    const OIDC = '{mode: oidc, issuer: "https://login.example.com", clientId: mlflow}';
    const way = (access: string, more = '') => `${EXTERNAL}, gateway: {hosts: [a.b], tls: {provider: before-cluster}}, access: ${access}${more}`;
    const both = way(CLOUDFLARE, `, internal: {hosts: [c.d], tls: {provider: before-cluster}, access: ${OIDC}}`);
    const services = (text: string) => objectsOf(text).filter(({ kind }) => kind === 'HTTPRoute').map(({ metadata, spec }) =>
      [metadata.name, (spec as { rules: { backendRefs: { name: string; port: number }[] }[] }).rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, port }) => `${name}:${port}`))]);
    const clients = (text: string, component: string) => JSON.stringify((find(objectsOf(text), 'NetworkPolicy', `mlflow-${component}`).spec as { ingress?: object }).ingress);

    test('stands the same guard for each entrance as behind an Ingress, which verifies by name whom it asks for keys', () => {
      expect(services(both)).toEqual([['mlflow-internal', ['mlflow-internal-sign-in:4180']], ['mlflow', ['mlflow-token-verifier:8080']]]);
      expect(JSON.stringify(objectsOf(both).filter(({ kind }) => kind === 'SecurityPolicy'))).not.toMatch(/jwt|oidc/);
    });

    test('the guards take connections from the gateway\'s proxies, and the server from the guards', () => {
      for (const guard of ['token-verifier', 'internal-sign-in']) expect(clients(both, guard)).toMatch(/"envoy-gateway-system".*"gateway.envoyproxy.io\/owning-gateway-name":"mlflow"/);
      expect(clients(both, 'tracking-server')).toMatch(/^(?!.*envoy-gateway-system).*"token-verifier".*"internal-sign-in"/);
      expect(clients(way(OIDC, ', network: {ingressController: {namespace: edge}}'), 'sign-in')).toMatch(/^(?!.*envoy-gateway-system).*"edge".*owning-gateway-name/);
    });

    test('nobody stands where the server asks itself, or everybody may come', () => {
      expect(services(way('{mode: basic}'))).toEqual([['mlflow', ['mlflow:5000']]]);
      const half = `profile: local, gateway: {hosts: [a.b]}, access: {mode: none}, internal: {hosts: [c.d], access: ${OIDC}}`;
      expect(services(half)).toEqual([['mlflow-internal', ['mlflow-internal-sign-in:4180']], ['mlflow', ['mlflow:5000']]]);
      expect(clients(half, 'tracking-server')).toMatch(/"internal-sign-in".*"envoy-gateway-system"/);
    });

    test('a route leads to its guard before its policy lets everybody pass: an apply over an earlier platform, where the policy verified, opens nothing', () => {
      const names = namesOf(both);
      expect(names.indexOf('HTTPRoute/mlflow')).toBeLessThan(names.indexOf('SecurityPolicy/mlflow'));
    });

    test('transfers may pause as long as the gateway says', () => {
      expect(JSON.stringify(find(objectsOf(way(OIDC).replace('tls:', 'timeoutSeconds: 77, tls:')), 'ConfigMap', 'mlflow-sign-in').data)).toContain('timeout: \\"77s');
    });
  });

  test('the Service has a port on every node', () => {
    expect(find(objectsOf('profile: local, service: {type: NodePort, nodePort: 30500}'), 'Service', 'mlflow').spec)
      .toMatchObject({ type: 'NodePort', ports: [{ nodePort: 30500 }] });
  });

  test('Prometheus is told only where it is there', () => {
    expect(namesOf('profile: local')).not.toContain('ServiceMonitor/mlflow-metrics');
    expect(namesOf('profile: local, metrics: {serviceMonitor: true}')).toContain('ServiceMonitor/mlflow-metrics');
  });

  test('a raised revision of Secrets runs the Jobs again and replaces the server\'s pods', () => {
    const changing = (text: string) => {
      const objects = objectsOf(text);
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
