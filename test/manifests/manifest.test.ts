import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, Yaml } from 'cdk8s';
import { manifests } from '../../lib/manifests/manifest';
import { inTemporaryFolder } from '../testing';

function filesOf(...objects: [kind: string, name: string][]): string[] {
  const app = new App();
  const chart = new Chart(app, 'test');
  objects.forEach(([kind, name], index) => new ApiObject(chart, `object-${index}`, { apiVersion: 'v1', kind, metadata: { name } }));
  return manifests(app).map(({ file }) => file);
}

test('what others refer to comes first when kubectl sends a folder in the order of its files', () => {
  const kinds = [
    'ServiceMonitor', 'HTTPRoute', 'BackendTrafficPolicy', 'ClientTrafficPolicy', 'SecurityPolicy', 'Gateway', 'EnvoyProxy', 'Ingress', 'Certificate',
    'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Deployment', 'Job', 'StatefulSet', 'Service', 'NetworkPolicy',
    'PersistentVolumeClaim', 'ConfigMap', 'Secret', 'Namespace',
  ];
  expect(filesOf(...kinds.map((kind): [string, string] => [kind, 'thing']))).toEqual([
    '10-namespace-thing.yaml',
    '11-secret-thing.yaml',
    '12-configmap-thing.yaml',
    '13-persistentvolumeclaim-thing.yaml',
    '14-networkpolicy-thing.yaml',
    '15-service-thing.yaml',
    '16-statefulset-thing.yaml',
    '17-job-thing.yaml',
    '18-deployment-thing.yaml',
    '19-poddisruptionbudget-thing.yaml',
    '20-horizontalpodautoscaler-thing.yaml',
    '21-certificate-thing.yaml',
    '22-ingress-thing.yaml',
    '23-envoyproxy-thing.yaml',
    '24-gateway-thing.yaml',
    '25-httproute-thing.yaml',
    '26-securitypolicy-thing.yaml',
    '27-clienttrafficpolicy-thing.yaml',
    '28-backendtrafficpolicy-thing.yaml',
    '29-servicemonitor-thing.yaml',
  ]);
});

test('a changed Job is a changed file, not another one', () => {
  expect(filesOf(['Job', 'mlflow-schema-0123abcd'])).toEqual(filesOf(['Job', 'mlflow-schema-4567cdef']));
  expect(filesOf(['Job', 'mlflow-schema-0123abcd'])).toEqual(['17-job-mlflow-schema.yaml']);
});

test('the name of another kind is kept as it is', () => {
  expect(filesOf(['Secret', 'mlflow-0123abcd'])).toEqual(['11-secret-mlflow-0123abcd.yaml']);
});

test('objects of all charts are there, as objects and as YAML', () => {
  const app = new App();
  for (const id of ['one', 'two']) new ApiObject(new Chart(app, id), 'object', { apiVersion: 'v1', kind: 'Secret', metadata: { name: id } });
  expect(manifests(app)).toEqual([
    {
      file: '11-secret-one.yaml',
      object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' } },
      yaml: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: one\n',
    },
    expect.objectContaining({ file: '11-secret-two.yaml' }),
  ]);
});

test('two objects of one file, of which one would be lost, are refused', () => {
  expect(() => filesOf(['Job', 'mlflow-schema-0123abcd'], ['Job', 'mlflow-schema-4567cdef']))
    .toThrow('two objects would be in 17-job-mlflow-schema.yaml');
});

test('a kind without a place is refused', () => {
  expect(() => filesOf(['CronJob', 'thing'])).toThrow('CronJob has no place in the order of kinds');
});

const confusing = [
  'yes', 'on', 'y', 'No', '~', 'null', '0775', '0o17', '0x1F', '08', '1e3', '1_000', '12:30', '.5', '2026-01-01', '=', '<<', '', ' a', 'a ', '- a', 'a: b',
  'a #b', '---', '{"a": 1}', '%a', '@a', 'a\nb', 'a\n\n', '\n a\n', 'a\n\tb', 'a\r\nb', 'é', 'x'.repeat(200) + ' y',
];

test('a parser of YAML 1.1 reads texts that look like something else as they were', () => {
  const data = Object.fromEntries(confusing.map((text, index) => [`key-${index}`, text]));
  const app = new App();
  new ApiObject(new Chart(app, 'test'), 'object', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing' }, data });
  const [manifest] = manifests(app);
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'object.yaml'), manifest!.yaml);
    expect(Yaml.load(join(folder, 'object.yaml'))).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'thing' }, data }]);
  });
});
