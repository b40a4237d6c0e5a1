import { connectionLimit, workers } from '../../lib/environment/rules';
import { environment } from '../testing';

test('workers are as many as the limits have room for, where the file does not say', () => {
  expect(workers(environment('profile: local'))).toBe(1);
  expect(workers(environment('{profile: local, tracking: {resources: {limits: {cpu: 4, memory: 8Gi}}}}'))).toBe(4);
  expect(workers(environment('{profile: local, tracking: {workers: 1}}'))).toBe(1);
});

test('connections are as many as the replicas can open, where the file does not say', () => {
  expect(connectionLimit(environment('profile: local'))).toBe(70);
  expect(connectionLimit(environment('{profile: local, tracking: {replicas: 5}}'))).toBe(136);
  expect(connectionLimit(environment('{profile: local, database: {provider: embedded, connectionLimit: 200}}'))).toBe(200);
});
