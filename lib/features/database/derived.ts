import { hasUsers } from '../access/entrances';
import type { EnvironmentSpec } from '../environment';
import { connectionsNeeded } from '../tracking-server/capacity';
import { replicas, workers } from '../tracking-server/derived';

/** What PostgreSQL takes as max_connections, except those that the embedded server keeps for its administrator. */
export const MOST_CONNECTIONS = 262_000;

/** The connections that the file allows, or that its replicas need. */
export function connectionLimit(environment: EnvironmentSpec): number {
  return environment.database.connectionLimit ?? neededConnections(environment);
}

/** The connections that the replicas can open at once. */
export function neededConnections(environment: EnvironmentSpec): number {
  return connectionsNeeded({
    threads: environment.tracking.threads, replicas: replicas(environment).most, workers: workers(environment), users: hasUsers(environment),
  });
}
