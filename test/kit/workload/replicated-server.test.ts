import { ReplicatedServer, type ReplicatedServerProps } from '../../../lib/kit/workload/replicated-server';
import { find, objectsOf, testChart, testSelector, workload } from '../../testing';
import { weaknesses } from '../../weaknesses';

const least: ReplicatedServerProps = {
  name: 'mlflow-thing',
  component: 'thing',
  version: '1.2.3',
  pod: {
    containers: [{
      name: 'thing',
      image: { repository: 'example.com/thing', tag: '1.2.3' },
      resources: { cpu: ['1m', '2m'], memory: ['1Mi', '2Mi'], ephemeralStorage: ['1Mi', '2Mi'] },
    }],
  },
};
const all: Required<ReplicatedServerProps> = {
  ...least, replicas: 3, inputs: 'abc', spread: 'soft', disruptionBudget: { maxUnavailable: 1 }, progressDeadlineSeconds: 900,
};

const objects = (props: ReplicatedServerProps) => objectsOf(new ReplicatedServer(testChart(), 'Test', props));
const deployment = (props: ReplicatedServerProps) => workload(objects(props), 'Deployment');

test('with the least props: hardened pods, as many as an autoscaler says, replaced one by one; no two share a host', () => {
  const { metadata, spec } = deployment(least);
  expect(metadata.name).toBe('mlflow-thing');
  expect(spec).toMatchObject({ selector: { matchLabels: testSelector('thing') }, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
  expect(spec).not.toHaveProperty('replicas');
  expect(spec).not.toHaveProperty('progressDeadlineSeconds');
  expect(spec.template.metadata.annotations).not.toHaveProperty('checksum/inputs');
  expect(spec.template.spec.topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'DoNotSchedule' }, {}]);
  expect(weaknesses(spec.template.spec)).toEqual([]);
  expect(objects(least).map(({ kind }) => kind)).toEqual(['Deployment']);
});

test('with all props: their number, their budget, what replaces them and how long that may take', () => {
  const { spec } = deployment(all);
  expect(spec).toMatchObject({ replicas: 3, progressDeadlineSeconds: 900 });
  expect(spec.template.metadata.annotations).toMatchObject({ 'checksum/inputs': 'abc' });
  expect(spec.template.spec.topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'ScheduleAnyway' }, {}]);
  expect(find(objects(all), 'PodDisruptionBudget')).toMatchObject({ metadata: { name: 'mlflow-thing' }, spec: { maxUnavailable: 1 } });
});
