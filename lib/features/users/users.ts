import { Construct } from 'constructs';
import type { Connection, Part } from '../../kit/network/connection';
import type { PlatformSecrets } from '../../kit/secrets/platform-secrets';
import type { DatabaseClient } from '../database/database-client';
import type { Schema } from '../database/schema';
import { AdministratorJob } from './administrator-job';
import type { ServerUsers } from './configuration';
import type { usersSettings } from './derived';

export interface UsersProps {
  /** What the environment file says of them. */
  readonly settings: NonNullable<ReturnType<typeof usersSettings>>;
  /** Release of MLflow. */
  readonly version: string;
  /** Where their database is, next to the tracking database. */
  readonly database: DatabaseClient;
  readonly schema: Schema;
  readonly secrets: PlatformSecrets;
}

/** MLflow's own users and their permissions, with an administrator. */
export class Users extends Construct implements Part, ServerUsers {
  readonly databaseUri: string;
  readonly defaultPermission: string;
  readonly components: readonly string[];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, { settings, version, database, schema, secrets }: UsersProps) {
    super(scope, id);
    const { databaseName, defaultPermission } = settings;
    const administrator = secrets.at('access.administratorSecret');
    const job = new AdministratorJob(this, 'Administrator', { version, database, users: databaseName, schema, administrator });
    this.databaseUri = database.uri(databaseName);
    this.defaultPermission = defaultPermission;
    this.components = job.components;
    this.connections = job.connections;
  }
}
