/** What the tracking server knows of its users. */
export interface ServerUsers {
  /** URI of their database, on the same server and of the same role as the tracking database. */
  readonly databaseUri: string;
  /** What users may do with what others made, before somebody permits more. */
  readonly defaultPermission: string;
}

/**
 * Seconds for which each worker remembers that a password was right, and so may go on taking it after it was changed or its user deleted.
 * Otherwise each call checks it three times, which is slow on purpose: 2 calls a second instead of 117, measured with one worker.
 */
const REMEMBERED_S = 10;

/**
 * MLflow's configuration of its users. No password is in it, so none has to be written as its format wants: that of the database is in
 * files, and the administrator is made by a Job.
 *
 * @see mlflow/server/auth/config.py
 */
export function usersConfiguration({ databaseUri, defaultPermission }: ServerUsers): string {
  const values = {
    database_uri: databaseUri,
    default_permission: defaultPermission,
    authorization_function: 'platform_users:authenticate',
    auth_cache_ttl_seconds: REMEMBERED_S,
  };
  return ['[mlflow]', ...Object.entries(values).map(([name, value]) => `${name} = ${value}`), ''].join('\n');
}
