import { quantity } from '../../kit/quantity';

/**
 * What MLflow holds in memory, in bytes: 200 MiB with one worker at rest, 290 MiB after transfers of 100 MB; and 230 MiB more for each answer
 * of 10,000 runs while it is made. So two such answers at once fit in what one worker has here. Without job execution, which takes 1.3 GB.
 */
const MEMORY_BASE = 512 * 2 ** 20;
const MEMORY_PER_WORKER = 512 * 2 ** 20;

/** A worker is one Python process: two on one core only wait for each other. */
const WORKERS_PER_CORE = 1;

/**
 * How many connections of the tracking store's pool one request may hold: a session within a session, at most four deep, when
 * log-batch renames a run. Other threads, which take in traces, hold two.
 * @see mlflow/store/tracking/sqlalchemy_store.py: log_batch, _set_tags, set_tag, update_run_info; and _log_spans_once
 */
const CONNECTIONS_PER_REQUEST = 4;

/**
 * Threads of a worker for what MLflow serves by threads but not by Flask: the registry of MCP servers. Each holds two connections at most, a
 * session within a session.
 */
export const NATIVE_THREADS = 2;

/** Bytes of memory that a worker at work holds in addition to requests. */
const MEMORY_WITHOUT_REQUESTS = 256 * 2 ** 20;

/** What a text takes of memory while it is read, as a multiple of its size, measured with Python 3.11. */
export const COPIES_OF_A_REQUEST = 6;

/** Bytes. Twenty times what MLflow takes of a log-batch, and three of what the page uploads. */
const LARGEST_REQUEST = 32 * 2 ** 20;

/** Bytes of memory that a pod needs for so many workers. */
export function memoryForWorkers(workers: number): number {
  return MEMORY_BASE + workers * MEMORY_PER_WORKER;
}

/** As many workers as the limits have room for, and one at least. */
export function workersFor(limits: { readonly cpu: string; readonly memory: string }): number {
  const byMemory = Math.floor(((quantity(limits.memory) ?? 0) - MEMORY_BASE) / MEMORY_PER_WORKER);
  const byCpu = Math.ceil((quantity(limits.cpu) ?? 1) * WORKERS_PER_CORE);
  return Math.max(1, Math.min(byMemory, byCpu));
}

/** Bytes of memory that the requests of one worker may take: half of what it has, because answers take memory, too. */
export function memoryForRequests(memoryLimit: number, workers: number): number {
  return Math.max(0, Math.floor((memoryLimit / workers - MEMORY_WITHOUT_REQUESTS) / 2));
}

/** Bytes of the largest request that a worker has the memory for. */
export function largestRequestFor(memoryLimit: number, workers: number): number {
  return Math.floor(memoryForRequests(memoryLimit, workers) / COPIES_OF_A_REQUEST);
}

/** Bytes of the largest request by default. */
export function defaultLargestRequest(memoryLimit: number, workers: number): number {
  return Math.min(LARGEST_REQUEST, largestRequestFor(memoryLimit, workers));
}

/**
 * The connections that a pool must be able to open for requests never to wait for each other: each of `threads` requests, `threads`
 * traces and `NATIVE_THREADS` others holds all but its last one, and one more lets the first of them go on.
 */
export function poolSize(threads: number): number {
  return threads * (CONNECTIONS_PER_REQUEST - 1) + threads + NATIVE_THREADS + 1;
}

/** The connections to the tracking database that a worker opens at most: those of the store's pool, of the registry's, and of readiness. */
export function connectionsOfWorker(threads: number): number {
  const registry = threads;
  const readiness = 2; // while a new connection takes the place of the kept one
  return poolSize(threads) + registry + readiness;
}
