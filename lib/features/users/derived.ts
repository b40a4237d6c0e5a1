import type { AccessSpec } from '../access/settings';
import type { EnvironmentSpec } from '../environment';

/** What the file says of MLflow's own users, where it asks for users. */
export function usersSettings({ access }: EnvironmentSpec): Extract<AccessSpec, { mode: 'basic' }> | undefined {
  return access?.mode === 'basic' ? access : undefined;
}

/**
 * The connections to that database that a worker opens at most: one for each request, for each artifact whose permission is looked up in a
 * thread of its own, for each password that is checked, for what the working loop looks up without a thread, and for its own threads.
 *
 * @param threads requests that the worker serves at the same time
 * @param nativeThreads threads of its own
 */
export function connectionsOfWorker(threads: number, nativeThreads: number): number {
  return 2 * threads + 2 + 1 + nativeThreads;
}

/** Connections of the administrator's Job: one for its lock, two for its queries. */
const OF_ADMINISTRATOR = 3;

/** The most connections that each component holds at once. */
export function databaseConnections(environment: EnvironmentSpec): Record<string, number> {
  return usersSettings(environment) === undefined ? {} : { administrator: OF_ADMINISTRATOR };
}
