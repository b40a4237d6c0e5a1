import { VolumeClaim, type VolumeClaimProps } from '../../../lib/kit/workload/volume-claim';
import { find, objectsOf, testChart } from '../../testing';

const all: Required<VolumeClaimProps> = { name: 'mlflow-thing', component: 'thing', storage: '5Gi' };

test('with all props: a claim of the size for one node, and the volume for the pod', () => {
  const claim = new VolumeClaim(testChart(), 'Test', all);
  expect(find(objectsOf(claim), 'PersistentVolumeClaim')).toMatchObject({
    metadata: { name: 'mlflow-thing', labels: { 'app.kubernetes.io/component': 'thing' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
  });
  expect(claim.volume).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'mlflow-thing' } });
});
