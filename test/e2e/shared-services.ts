import { resolve } from 'node:path';
import { kubectl, rolledOut } from './kubectl';
import { sql } from './sql';

/** A PostgreSQL and a MinIO of somebody else's. */
export class SharedServices {
  private constructor(private readonly namespace: string) {}

  static async start(namespace: string): Promise<SharedServices> {
    await kubectl(['create', 'namespace', namespace]);
    await kubectl(['-n', namespace, 'apply', '-f', resolve(__dirname, 'shared-services.yaml')]);
    await rolledOut(namespace, 'deployment/postgres-shared', 120);
    await rolledOut(namespace, 'deployment/minio', 120);
    return new SharedServices(namespace);
  }

  /** Runs SQL as the superuser, one row a line. */
  async sql(statement: string, database = 'postgres'): Promise<string[]> {
    return sql({ namespace: this.namespace, pod: 'deployment/postgres-shared', user: 'datahub' }, database, statement);
  }

  /** Runs a program in PostgreSQL's pod, and returns what it prints. */
  async run(...command: string[]): Promise<string> {
    return (await kubectl(['-n', this.namespace, 'exec', 'deployment/postgres-shared', '--', ...command])).stdout;
  }
}
