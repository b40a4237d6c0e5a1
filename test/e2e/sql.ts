import { kubectl } from './kubectl';

/** A pod of PostgreSQL's, and a user whom its socket lets in. */
export interface PostgresPod {
  readonly namespace: string;
  readonly pod: string;
  readonly user: string;
}

/** Of the platform's own database server. */
export function embeddedPostgres(namespace: string): PostgresPod {
  return { namespace, pod: 'mlflow-postgres-0', user: 'postgres' };
}

/** Runs SQL, one row a line. */
export async function sql({ namespace, pod, user }: PostgresPod, database: string, statement: string): Promise<string[]> {
  const { stdout } = await kubectl(['-n', namespace, 'exec', pod, '--', 'psql', '-h', '/var/run/postgresql', '-U', user, '-d', database, '-Atc', statement]);
  return stdout.trim().split('\n').filter(Boolean);
}
