import type { Chart } from 'cdk8s';
import { Guard, type GuardProps } from '../../../lib/features/access/guard';
import { allowedInto, allowedOutOf, openPorts, withPolicies } from '../../peers';
import { find, objectsOf, testChart, testSelector, workload } from '../../testing';
import { weaknesses } from '../../weaknesses';

type Change = Partial<GuardProps>;

const least: GuardProps = {
  component: 'guard',
  image: { repository: 'example.com/guard', tag: '1.2.3' },
  port: 8080,
  server: { podLabels: { app: 'server' }, host: 'server', port: 5000 },
  clients: [{ namespace: 'controller' }],
  authority: { cidrs: ['10.9.8.7/32'], port: 443 },
  container: { args: ['--listen', '8080'], volumeMounts: [{ name: 'configuration', mountPath: '/etc/guard' }] },
  volumes: [{ name: 'configuration', configMap: { name: 'configuration' } }],
  inputs: ['abc', 'def'],
};

const objects = (change: Change = {}) => objectsOf(new Guard(testChart(), 'Test', { ...least, ...change }));
const deployment = (change: Change = {}) => workload(objects(change), 'Deployment');

test('two hardened pods on hosts of their own, replaced one by one and when what they read changed', () => {
  const { spec, metadata } = deployment();
  expect(metadata.name).toBe('mlflow-guard');
  expect(spec).toMatchObject({ replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, selector: { matchLabels: testSelector('guard') } });
  expect(weaknesses(spec.template.spec)).toEqual([]);
  expect(spec.template.spec.topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: testSelector('guard') } }, {}]);
  expect(spec.template.metadata.annotations).toEqual({
    'checksum/inputs': 'abc,def', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
  });
  expect(spec.template.spec.containers).toMatchObject([{ image: 'example.com/guard:1.2.3', args: ['--listen', '8080'] }]);
});

test('its Service leads to its pods', () => {
  const chart = testChart();
  expect(new Guard(chart, 'Test', least).service).toMatchObject({ name: 'mlflow-guard', port: 8080 });
  expect(find(objectsOf(chart), 'Service').spec).toMatchObject({ ports: [{ port: 8080 }], selector: testSelector('guard') });
});

test('only the controller gets in, and it gets out to the server, the authority and DNS alone', () => {
  const all = withPolicies(new Guard(testChart(), 'Test', least));
  expect(allowedInto(all, 'guard')).toEqual(['namespace controller']);
  expect(openPorts(all, 'guard')).toEqual([8080]);
  expect(allowedOutOf(all, 'guard')).toEqual([
    'DNS of pods k8s-app=kube-dns in namespace kube-system', 'port 5000 of pods app=server in the same namespace', 'port 443 of 10.9.8.7/32',
  ]);
});

test('with all props the pods may share a host, and evictions take one at once', () => {
  expect(deployment({ spread: 'soft' }).spec.template.spec.topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'ScheduleAnyway' }, {}]);
  expect(objects().map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
  expect(find(objects({ disruptionBudget: { maxUnavailable: 1 } }), 'PodDisruptionBudget')).toMatchObject({ metadata: { name: 'mlflow-guard' }, spec: { maxUnavailable: 1 } });
});

test('its program is told the pod\'s address', () => {
  expect(deployment().spec.template.spec.containers[0]!.env).toEqual([{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]);
});

test('two of them are told apart', () => {
  const chart: Chart = testChart();
  for (const component of ['guard', 'internal-guard']) new Guard(chart, component, { ...least, component });
  const names = objectsOf(chart).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});
