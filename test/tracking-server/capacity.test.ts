import { connectionsNeeded, memoryForWorkers, poolSize, workersFor } from '../../lib/tracking-server/capacity';

const GIBIBYTE = 2 ** 30;

test.each([
  [1, GIBIBYTE],
  [2, 1.5 * GIBIBYTE],
  [8, 4.5 * GIBIBYTE],
])('%i workers need %i bytes', (workers, bytes) => {
  expect(memoryForWorkers(workers)).toBe(bytes);
});

test.each([
  ['1', '1Gi', 1, 'memory has room for one'],
  ['4', '1535Mi', 1, 'memory has no room for a second'],
  ['4', '1536Mi', 2, 'memory has room for two'],
  ['2', '64Gi', 2, 'each core has work for one'],
  ['500m', '64Gi', 1, 'half a core has work for one'],
  ['1500m', '64Gi', 2, 'one and a half cores have work for two'],
  ['8', '3Gi', 5, 'memory has room for five'],
  ['100m', '256Mi', 1, 'there is one at least'],
])('limits of %s CPU and %s memory: %i workers, as %s', (cpu, memory, workers) => {
  expect(workersFor({ cpu, memory })).toBe(workers);
});

test.each([1, 4, 40])('%i requests and as many traces, each holding three and one connections, leave one free', (threads) => {
  expect(poolSize(threads) - threads * 3 - threads).toBe(1);
});

test.each([
  [1, 1, 1, 2 * (5 + 1 + 1) + 4],
  [2, 1, 4, 3 * (17 + 4 + 1) + 4],
  [10, 4, 8, 11 * 4 * (33 + 8 + 1) + 4],
])('%i replicas of %i workers of %i threads need %i connections, during an update and with Jobs', (replicas, workers, threads, needed) => {
  expect(connectionsNeeded({ replicas, workers, threads, users: false })).toBe(needed);
});

test('with users each worker needs one more for each of its requests, each artifact and the traces, and a further Job its own', () => {
  expect(connectionsNeeded({ replicas: 2, workers: 1, threads: 4, users: true })).toBe(3 * (17 + 4 + 1 + 9) + 4 + 3);
});
