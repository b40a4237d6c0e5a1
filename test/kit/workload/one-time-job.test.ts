import { OneTimeJob, type OneTimeJobProps } from '../../../lib/kit/workload/one-time-job';
import { find, objectsOf, podOf, testChart } from '../../testing';
import { weaknesses } from '../../weaknesses';

const container: OneTimeJobProps['pod']['containers'][number] = {
  name: 'main',
  image: { repository: 'example.com/thing', tag: '1.2.3' },
  resources: { cpu: ['100m', '1'], memory: ['64Mi', '128Mi'], ephemeralStorage: ['16Mi', '32Mi'] },
};
const all: Required<OneTimeJobProps> = {
  component: 'thing',
  pod: { containers: [container] },
  inputs: ['script', 'secret=1'],
  finalExitCode: 65,
};
const evictionIsNoFailure = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] };

function named(props: OneTimeJobProps): string {
  return new OneTimeJob(testChart(), 'Test', props).name;
}

test('with all props: a Job that tries again after failures but a final one, and for which an eviction is none', () => {
  const objects = objectsOf(new OneTimeJob(testChart(), 'Test', all));
  expect(find(objects, 'Job')).toMatchObject({
    metadata: { labels: { 'app.kubernetes.io/component': 'thing' } },
    spec: {
      backoffLimit: 5,
      podFailurePolicy: { rules: [evictionIsNoFailure, { action: 'FailJob', onExitCodes: { operator: 'In', values: [65] } }] },
    },
  });
  expect(podOf(objects, 'Job').restartPolicy).toBe('Never');
  expect(weaknesses(podOf(objects, 'Job'))).toEqual([]);
});

test('without a final exit code it tries again after every failure', () => {
  expect(find(objectsOf(new OneTimeJob(testChart(), 'Test', { ...all, finalExitCode: undefined })), 'Job').spec).toMatchObject({ podFailurePolicy: { rules: [evictionIsNoFailure] } });
});

test('stays in the cluster when it is done, lest the next apply run it again', () => {
  expect(find(objectsOf(new OneTimeJob(testChart(), 'Test', all)), 'Job').spec).not.toHaveProperty('ttlSecondsAfterFinished');
});

test('is called after its component and content', () => {
  expect(named(all)).toMatch(/^mlflow-thing-[0-9a-f]{8}$/);
});

test('keeps its name while nothing changes', () => {
  expect(named(all)).toBe(named(structuredClone(all)));
});

test.each<[string, OneTimeJobProps]>([
  ['a script', { ...all, inputs: ['changed script', 'secret=1'] }],
  ['the revision of a Secret', { ...all, inputs: ['script', 'secret=2'] }],
  ['the image', { ...all, pod: { containers: [{ ...container, image: { ...container.image, tag: '1.2.4' } }] } }],
  ['a variable', { ...all, pod: { containers: [{ ...container, env: [{ name: 'A', value: 'b' }] }] } }],
  ['a resource', { ...all, pod: { containers: [{ ...container, resources: { ...container.resources, memory: ['64Mi', '256Mi'] } }] } }],
])('gets another name when %s changes, because a Job cannot be changed', (_what, changed) => {
  expect(named(changed)).not.toBe(named(all));
});
