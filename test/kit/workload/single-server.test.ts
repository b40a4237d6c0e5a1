import { images } from '../../../lib/versions';
import { SingleServer, type SingleServerProps } from '../../../lib/kit/workload/single-server';
import { find, objectsOf, testChart, testSelector, workload } from '../../testing';

const all: Required<SingleServerProps> = {
  name: 'mlflow-thing',
  component: 'thing',
  version: '1.2.3',
  port: { name: 'http', port: 8080 },
  storage: '3Gi',
  inputs: ['secret=1', 'script=2'],
  pod: {
    containers: [{
      name: 'thing',
      image: images.postgres,
      resources: { cpu: ['1m', '2m'], memory: ['1Mi', '2Mi'], ephemeralStorage: ['1Mi', '2Mi'] },
    }],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  },
};

const objects = (props: SingleServerProps = all) => objectsOf(new SingleServer(testChart(), 'Test', props));

test('one pod, its Service and its volume go together', () => {
  const { spec } = workload(objects(), 'StatefulSet');
  expect(spec.replicas).toBe(1);
  expect(find(objects(), 'Service', 'mlflow-thing').spec).toMatchObject({ selector: testSelector('thing'), ports: [{ name: 'http', port: 8080 }] });
  expect(find(objects(), 'PersistentVolumeClaim', 'mlflow-thing').spec).toMatchObject({ resources: { requests: { storage: '3Gi' } } });
  expect(spec.template.spec.volumes).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'mlflow-thing' } }, { name: 'tmp', emptyDir: {} }]);
});

test('the StatefulSet has the headless Service that it needs, of the same pods', () => {
  expect(find(objects(), 'Service', 'mlflow-thing-pods').spec).toMatchObject({ clusterIP: 'None', selector: testSelector('thing') });
  expect(workload(objects(), 'StatefulSet').spec.serviceName).toBe('mlflow-thing-pods');
});

test('clients find its pod by the port', () => {
  expect(new SingleServer(testChart(), 'Test', all).destination).toEqual({ podLabels: testSelector('thing'), component: 'thing', port: 8080 });
});

test('a pod without volumes of its own has the one that outlives it', () => {
  const pod = { containers: all.pod.containers };
  expect(workload(objects({ ...all, pod }), 'StatefulSet').spec.template.spec.volumes).toHaveLength(1);
});

test('a change of what it reads starts the pod again', () => {
  const annotations = (inputs: string[]) => workload(objects({ ...all, inputs }), 'StatefulSet').spec.template.metadata.annotations;
  expect(annotations(['a'])).not.toEqual(annotations(['b']));
});
