import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantity } from '../lib/kit/quantity';
import type { KubernetesObject } from '../lib/manifests/manifest';
import { allContainers, find, manifestsOf, secretValues, workloads } from './testing';
import { weaknesses } from './weaknesses';
import { references } from './decided';
import { examples } from './examples';

type Labels = Record<string, string>;

interface Backend { readonly service: { readonly name: string; readonly port: { readonly number: number } } }

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Each `kind/name` and `kind/name.key` that is rendered. */
function referable(objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap(({ kind, metadata: { name }, data }) => {
    const whole = `${kind}/${name}`;
    return [whole, ...Object.keys(data ?? {}).map((key) => `${whole}.${key}`)];
  });
}

const OWN = ['local', 'production'];

/** The repository's environments, and the examples. */
const environments = [
  ...OWN.map((name) => ({ name, manifests: manifestsOf(name) })),
  ...examples.map(({ environment: { name }, manifests }) => ({ name, manifests })),
];

test.each(OWN)('a second synthesis of %s writes the same bytes', (name) => {
  expect(manifestsOf(name)).toEqual(environments.find((each) => each.name === name)!.manifests);
});

describe.each(environments)('environment $name', ({ name, manifests }) => {
  const objects = manifests.map(({ object }) => object);
  const pods = workloads(objects)
    .map(({ metadata, spec: { template } }) => ({ name: metadata.name, labels: template.metadata.labels, pod: template.spec }));

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

  test('each pod has one network policy, for both directions', () => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata, spec }) => ({ name: metadata.name, ...spec as { podSelector: { matchLabels: Labels }; policyTypes: string[] } }));
    for (const pod of pods) {
      const own = policies.filter(({ podSelector }) => selects(podSelector.matchLabels, pod.labels));
      expect([pod.name, own.map(({ policyTypes }) => policyTypes)]).toEqual([pod.name, [['Ingress', 'Egress']]]);
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
    const containers = pods.flatMap(({ pod }) => allContainers(pod));
    const over = containers.flatMap(({ name, resources: { requests = {}, limits = {} } = {} }) => Object.entries(requests)
      .filter(([amount, request]) => !limits[amount] || quantity(request)! > quantity(limits[amount])!)
      .map(([amount, request]) => `${name} requests ${request} of ${amount}, and its limit is ${limits[amount] ?? 'missing'}`));
    expect(over).toEqual([]);
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

test('local: each object is in the snapshot of its feature, and each snapshot is short enough to be read', () => {
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.snap'));
  const texts = files.map((file) => readFileSync(join(__dirname, file), 'utf8'));
  const unseen = manifestsOf('local').filter(({ file }) => !texts.some((text) => text.includes(`exports[\`${file} 1\`]`)));
  expect(unseen.map(({ file }) => file)).toEqual([]);
  expect(files.filter((_file, index) => texts[index]!.split('\n').length > 600)).toEqual([]);
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
