import { k8s } from 'cdk8s-plus-27';
import { hardenedPod, scratchVolume, type HardenedContainer, type HardenedPodProps } from '../../../lib/kit/workload/hardened-pod';
import { find, objectsOf, testChart, type Pod } from '../../testing';
import { weaknesses } from '../../weaknesses';

const container: HardenedContainer = {
  name: 'main',
  image: { repository: 'example.com/thing', tag: '1.2.3' },
  resources: { cpu: ['100m', '1'], memory: ['64Mi', '128Mi'], ephemeralStorage: ['16Mi', '32Mi'] },
};

function podWith(props: HardenedPodProps): Pod {
  return find(objectsOf(new k8s.KubePod(testChart(), 'Test', { metadata: { name: 'pod' }, spec: hardenedPod(props) })), 'Pod').spec as Pod;
}

test('with the least props: a pod as Pod Security "restricted" wants it, and more', () => {
  expect(podWith({ containers: [container] })).toEqual({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [{
      name: 'main',
      image: 'example.com/thing:1.2.3',
      imagePullPolicy: 'IfNotPresent',
      resources: {
        requests: { 'cpu': '100m', 'memory': '64Mi', 'ephemeral-storage': '16Mi' },
        limits: { 'cpu': '1', 'memory': '128Mi', 'ephemeral-storage': '32Mi' },
      },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    }],
  });
});

test('with init containers and more: these are hardened, too, and the rest is as given', () => {
  const pod = podWith({
    containers: [{ ...container, command: ['run'] }],
    initContainers: [{ ...container, name: 'first' }],
    restartPolicy: 'Never',
    volumes: [scratchVolume('tmp', '8Mi')],
  });
  expect(weaknesses(pod)).toEqual([]);
  expect(pod).toMatchObject({
    containers: [{ name: 'main', command: ['run'] }],
    initContainers: [{ name: 'first' }],
    restartPolicy: 'Never',
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '8Mi' } }],
  });
});
