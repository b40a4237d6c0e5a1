import { databaseConnections as ofDatabase } from '../database/derived';
import type { EnvironmentSpec } from '../environment';
import { databaseConnections as ofTrackingServer } from '../tracking-server/derived';
import { databaseConnections as ofUsers } from '../users/derived';

/** The most connections that each component can hold at once, during a rolling update. */
export function databaseConnections(environment: EnvironmentSpec): Record<string, number> {
  return Object.assign({}, ...[ofDatabase, ofTrackingServer, ofUsers].map((of) => of(environment))) as Record<string, number>;
}

/** The connections that the platform can open at once. */
export function neededConnections(environment: EnvironmentSpec): number {
  return Object.values(databaseConnections(environment)).reduce((sum, number) => sum + number, 0);
}

/** The connections that the role may hold: those that the file allows, or those that the platform needs. */
export function connectionLimit(environment: EnvironmentSpec): number {
  return environment.database.connectionLimit ?? neededConnections(environment);
}
