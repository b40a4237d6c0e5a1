/** What PostgreSQL takes as max_connections, except those that the embedded server keeps for its administrator. */
export const MOST_CONNECTIONS = 262_000;

/** The most connections that each component holds at once: the set-up Job one to try the password, the schema Job its lock and MLflow's two. */
export function databaseConnections(): Record<string, number> {
  return { 'database-set-up': 1, 'schema': 3 };
}
