import { connectionLimit, databaseConnections, neededConnections } from '../../../lib/features/connection-limit/limit';
import { decided } from '../../decided';
import { environment, find } from '../../testing';

test('connections are as many as the replicas can open, where the file does not say', () => {
  expect(connectionLimit(environment('profile: local'))).toBe(79);
  expect(connectionLimit(environment('{profile: local, tracking: {replicas: 5}}'))).toBe(154);
  expect(connectionLimit(environment('{profile: local, tracking: {autoscaling: {maxReplicas: 5}}}'))).toBe(154);
  expect(connectionLimit(environment('{profile: local, access: {mode: basic}}'))).toBe(121);
  expect(connectionLimit(environment('{profile: local, database: {provider: embedded, connectionLimit: 200}}'))).toBe(200);
});

test.each([
  [1, 1, 1, 2 * (7 + 1 + 2) + 4],
  [2, 1, 4, 3 * (19 + 4 + 2) + 4],
  [10, 4, 8, 11 * 4 * (35 + 8 + 2) + 4],
])('%i replicas of %i workers of %i threads need %i connections, during an update and with Jobs', (replicas, workers, threads, needed) => {
  const limits = '{cpu: 8, memory: 8Gi}';
  expect(neededConnections(environment(`{tracking: {replicas: ${replicas}, workers: ${workers}, threads: ${threads}, resources: {limits: ${limits}}}, `
    + 'database: {provider: external, host: db}, artifactStore: {provider: s3}}'))).toBe(needed);
});

test('with users each worker needs more for its requests, artifacts, passwords and other threads, and a further Job its own', () => {
  expect(neededConnections(environment('{profile: local, access: {mode: basic}}'))).toBe(3 * (19 + 4 + 2 + 13) + 4 + 3);
});

test.each(['profile: local', 'profile: local, access: {mode: basic}'])('whoever may connect to the database is counted: %s', (text) => {
  const { ingress } = find(decided(text), 'NetworkPolicy', 'mlflow-postgres').spec as { ingress: { from: { podSelector: { matchLabels: Record<string, string> } }[] }[] };
  const allowed = ingress.flatMap(({ from }) => from.map(({ podSelector }) => podSelector.matchLabels['app.kubernetes.io/component']!));
  expect(Object.keys(databaseConnections(environment(`{${text}}`))).sort()).toEqual(allowed.sort());
});
