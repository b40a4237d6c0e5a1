import { quantity } from '../../../lib/kit/quantity';
import {
  defaultLargestRequest, largestRequestFor, memoryForRequests, memoryForWorkers, NATIVE_THREADS, poolSize, workersFor,
} from '../../../lib/features/tracking-server/capacity';

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

test.each([1, 4, 40])('%i requests, as many traces and the other threads, each holding three, one and one connections, leave one free', (threads) => {
  expect(poolSize(threads) - threads * 3 - threads - NATIVE_THREADS).toBe(1);
});

test.each([
  ['1Gi', 1, 384],
  ['2Gi', 1, 896],
  ['1536Mi', 2, 256],
  ['256Mi', 1, 0],
])('of %s the requests of each of %i workers may take %i MiB', (_memory, workers, mebibytes) => {
  expect(memoryForRequests(quantity(_memory)!, workers)).toBe(mebibytes * 2 ** 20);
});

test('the largest request is one that a worker has the memory for, and 32 MiB where the file does not say', () => {
  expect(largestRequestFor(2 * GIBIBYTE, 1)).toBe(Math.floor(896 * 2 ** 20 / 6));
  expect(defaultLargestRequest(2 * GIBIBYTE, 1)).toBe(32 * 2 ** 20);
  expect(defaultLargestRequest(0.5 * GIBIBYTE, 1)).toBe(Math.floor(128 * 2 ** 20 / 6));
});
