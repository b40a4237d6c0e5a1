import { workloads } from './testing';
import { weaknesses } from './weaknesses';

const spec = { containers: [{ name: 'backup', image: 'example.com/backup:1' }] };
const template = { metadata: { labels: { app: 'backup' } }, spec };
const metadata = { name: 'backup' };

test.each([
  ['a Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template } }],
  ['a CronJob', { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { jobTemplate: { spec: { template } } } }],
  ['a bare Pod', { apiVersion: 'v1', kind: 'Pod', metadata, spec }],
  ['a kind that nobody knows', { apiVersion: 'example.com/v1', kind: 'Unheard', metadata, spec: { template } }],
])('the pods of %s are judged', (_what, object) => {
  expect(workloads([object]).map((each) => each.spec.template.spec)).toEqual([spec]);
  expect(weaknesses(workloads([object])[0]!.spec.template.spec)).toContain('may run as root');
});

test('what makes no pods is no workload', () => {
  const template = { metadata: { labels: {} } };
  expect(workloads([{ apiVersion: 'v1', kind: 'ConfigMap', metadata }, { apiVersion: 'example.com/v1', kind: 'Secrets', metadata, spec: { template } }])).toEqual([]);
});
