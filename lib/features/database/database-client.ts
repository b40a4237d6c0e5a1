import { join } from 'node:path';
import type { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Destination } from '../../kit/network/peer';
import type { SecretFiles, SecretReference } from '../../kit/secrets/secret-files';
import { Scripts } from '../../kit/workload/scripts';
import { databaseUri, DRIVER, signInFiles, type DatabaseConnection } from './connection';

/** Where SQLAlchemy finds the driver. */
const ENTRY_POINTS = `[sqlalchemy.dialects]\npostgresql.${DRIVER} = connections:Dialect\n`;

/** What every container that connects to the database has: the programs of the folder connections/, and the files that the role signs in with. */
export class DatabaseClient extends Construct {
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
  /** Folder of the programs, for PYTHONPATH. */
  readonly programs: string;
  /** Digests of what the container reads when it starts, or whenever it connects. */
  readonly inputs: readonly string[];
  /** Where the server is, for network policies. */
  readonly destination: Destination;

  private readonly files: SecretFiles;

  constructor(scope: Construct, id: string, private readonly connection: DatabaseConnection) {
    super(scope, id);
    const package_ = 'mlflow_connections-1.dist-info';
    const scripts = new Scripts(this, 'Scripts', {
      name: 'mlflow-connections',
      component: 'connections',
      folder: join(__dirname, 'connections'),
      files: ['connections.py', 'lock.py', 'rights.py', `${package_}/METADATA`],
      shared: ['waiting.py'],
      generated: { [`${package_}/entry_points.txt`]: ENTRY_POINTS },
    });
    this.files = this.signInFiles('database', connection.secret);
    this.volumes = [scripts.volume, this.files.volume];
    this.mounts = [scripts.mount, this.files.mount];
    this.programs = scripts.mount.mountPath;
    this.inputs = [scripts.digest, ...this.files.revisions];
    this.destination = connection.destination;
  }

  /**
   * The URI of a database on the server.
   * @param name by default that of the tracking database
   * @param files that another role than the server's signs in with
   */
  uri(name = this.connection.name, files = this.files): string {
    return databaseUri({ ...this.connection, name }, files);
  }

  /** The files that a role signs in with, as a volume of that name. */
  signInFiles(name: string, role: SecretReference): SecretFiles {
    return signInFiles(name, role, this.connection);
  }
}

/** What PostgreSQL shows of a Job's sessions: whoever waits for one of them says so. */
export const nameOfPod: k8s.EnvVar = { name: 'PGAPPNAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
