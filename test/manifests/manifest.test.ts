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

/** The kinds that one refers to, or that must be there before it does its work. */
const NEEDED: Record<string, readonly string[]> = {
  Secret: ['Namespace'],
  ConfigMap: ['Namespace'],
  PersistentVolumeClaim: ['Namespace'],
  Service: ['NetworkPolicy'], // nobody reaches what it leads to before that is restricted
  StatefulSet: ['Secret', 'ConfigMap', 'PersistentVolumeClaim', 'NetworkPolicy', 'Service'],
  Job: ['Secret', 'ConfigMap', 'NetworkPolicy', 'StatefulSet'],
  Deployment: ['Secret', 'ConfigMap', 'NetworkPolicy', 'Service', 'Job'],
  PodDisruptionBudget: ['Deployment'],
  HorizontalPodAutoscaler: ['Deployment'],
  Ingress: ['Secret', 'Service', 'Certificate'],
  Gateway: ['Certificate', 'EnvoyProxy'],
  HTTPRoute: ['Gateway', 'Service'],
  SecurityPolicy: ['HTTPRoute'], // which leads to a guard before the policy lets everybody pass
  ClientTrafficPolicy: ['Gateway'],
  BackendTrafficPolicy: ['HTTPRoute'],
  ServiceMonitor: ['Service'],
};

test.each(Object.entries(NEEDED))('kubectl, which sends a folder in the order of its files, sends a %s after %j', (kind, needed) => {
  for (const other of needed) expect(filesOf([kind, 'a'], [other, 'z'])[0]).toContain(other.toLowerCase());
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

test('a kind without a number is refused', () => {
  expect(() => filesOf(['Unheard', 'thing'])).toThrow('Unheard has no number in the order of kinds');
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
