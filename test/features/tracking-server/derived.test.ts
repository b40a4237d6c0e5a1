import { replicas, workers } from '../../../lib/features/tracking-server/derived';
import { environment } from '../../testing';

test('workers are as many as the limits have room for, where the file does not say', () => {
  expect(workers(environment('profile: local'))).toBe(1);
  expect(workers(environment('{profile: local, tracking: {resources: {limits: {cpu: 4, memory: 8Gi}}}}'))).toBe(4);
  expect(workers(environment('{profile: local, tracking: {workers: 1}}'))).toBe(1);
});

test('replicas are two, or as many as the file or its autoscaler says', () => {
  expect(replicas(environment('profile: local'))).toEqual({ least: 2, most: 2 });
  expect(replicas(environment('{profile: local, tracking: {replicas: 4}}'))).toEqual({ least: 4, most: 4 });
  expect(replicas(environment('{profile: local, tracking: {autoscaling: {maxReplicas: 6}}}'))).toEqual({ least: 2, most: 6 });
});
