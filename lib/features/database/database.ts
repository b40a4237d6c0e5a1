import { Construct } from 'constructs';
import { joined, type Connection, type Part } from '../../kit/network/connection';
import { destinationOf, type Destination } from '../../kit/network/peer';
import type { PlatformSecrets } from '../../kit/secrets/platform-secrets';
import type { SecretReference } from '../../kit/secrets/secret-files';
import type { EnvironmentSpec } from '../environment';
import { DatabaseClient } from './database-client';
import { DatabaseSetUpJob, type DatabaseSetUpJobProps } from './database-set-up-job';
import { Postgres } from './postgres';

export interface DatabaseProps {
  /** What the environment file says of it. */
  readonly settings: EnvironmentSpec['database'];
  /**
   * Where a server that others run is.
   * @default - what its host tells
   */
  readonly place?: Partial<Destination>;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  readonly secrets: PlatformSecrets;
  /** Release of MLflow. */
  readonly version: string;
  /**
   * Name of the database of MLflow's users.
   * @default - MLflow has no users
   */
  readonly users?: string;
  /** Connections that the tracking server's role may hold. */
  readonly connectionLimit: number;
  /** What role and databases are marked with: markOf() of the environment. */
  readonly mark: string;
}

/** The database: one of its own or of others, and the Job that sets role and databases up where an administrator is known. */
export class Database extends Construct implements Part {
  /** What every container that connects to it has. */
  readonly client: DatabaseClient;
  readonly components: readonly string[];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, private readonly props: DatabaseProps) {
    super(scope, id);
    const { settings } = props;
    const parts: Part[] = [];
    if (settings.provider === 'embedded') {
      const administrator = props.secrets.at('database.administratorSecret');
      const postgres = new Postgres(this, 'Postgres', { storage: settings.storage, connectionLimit: props.connectionLimit, administrator });
      this.client = new DatabaseClient(this, 'Client', { ...postgres.address, name: 'mlflow', sslMode: 'disable', secret: props.secrets.at('database.secret') });
      parts.push(postgres, this.setUp(administrator));
    } else {
      this.client = this.clientOf(settings);
      if (settings.administratorSecret) parts.push(this.setUp(props.secrets.at('database.administratorSecret'), settings.takeOver));
    }
    ({ components: this.components, connections: this.connections } = joined(parts));
  }

  private clientOf(settings: Extract<DatabaseProps['settings'], { provider: 'external' }>): DatabaseClient {
    const { secrets, place, clusterDomain } = this.props;
    return new DatabaseClient(this, 'Client', {
      ...settings,
      secret: secrets.at('database.secret'),
      authorities: secrets.find('database.caSecret'),
      clientCertificate: secrets.find('database.clientCertificateSecret'),
      destination: destinationOf({ ...settings, clusterDomain }, place),
    });
  }

  private setUp(administrator: SecretReference, takeOver?: DatabaseSetUpJobProps['takeOver']): DatabaseSetUpJob {
    const { version, users, connectionLimit, mark } = this.props;
    return new DatabaseSetUpJob(this, 'SetUp', { version, database: this.client, users, administrator, connectionLimit, environment: mark, takeOver });
  }
}
