import { features } from '..';
import type { EnvironmentSpec } from '../environment';

/** The most connections to the database that each component can hold at once, during a rolling update. */
export function databaseConnections(environment: EnvironmentSpec): Record<string, number> {
  return Object.assign({}, ...features.map((feature) => feature.databaseConnections?.(environment))) as Record<string, number>;
}

/** The connections that the platform can open at once. */
export function neededConnections(environment: EnvironmentSpec): number {
  return Object.values(databaseConnections(environment)).reduce((sum, number) => sum + number, 0);
}

/** The connections that the role may hold: those that the file allows, or those that the platform needs. */
export function connectionLimit(environment: EnvironmentSpec): number {
  return environment.database.connectionLimit ?? neededConnections(environment);
}
