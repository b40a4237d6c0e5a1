import { join } from 'node:path';
import { Construct } from 'constructs';
import { connectionsOf, type Connection, type Part } from '../../kit/network/connection';
import type { SecretReference } from '../../kit/secrets/secret-files';
import { mlflowImage } from '../../versions';
import { scratchVolume } from '../../kit/workload/hardened-pod';
import { ANOTHER_ATTEMPT_IS_USELESS, OneTimeJob } from '../../kit/workload/one-time-job';
import { Scripts } from '../../kit/workload/scripts';
import { nameOfPod, type DatabaseClient } from './database-client';

export interface DatabaseSetUpJobProps {
  /** Release of MLflow, whose image has Python and a driver. */
  readonly version: string;
  /** The database to make, and the Secret of the role that owns it. */
  readonly database: DatabaseClient;
  /**
   * Name of a further database to make, on the same server and of the same role: that of MLflow's users.
   * @default none
   */
  readonly users?: string;
  /** Secret, with the keys username and password, of a role that may create roles and databases. */
  readonly administrator: SecretReference;
  /** Connections that the role may hold. */
  readonly connectionLimit: number;
  /** What the comments of role and databases say that they belong to: markOf() of the environment. */
  readonly environment: string;
  /**
   * What others made and is made the platform's.
   * @default nothing
   */
  readonly takeOver?: { readonly role: boolean; readonly database: boolean };
}

/**
 * Makes the tracking server's role and databases on a PostgreSQL server, with nothing for PUBLIC. It waits for the server, changes
 * nothing of others, and sets the password again when the Secret's revision changed.
 */
export class DatabaseSetUpJob extends Construct implements Part {
  static readonly COMPONENT = 'database-set-up';

  readonly components = [DatabaseSetUpJob.COMPONENT];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, props: DatabaseSetUpJobProps) {
    super(scope, id);
    this.connections = connectionsOf(this, DatabaseSetUpJob.COMPONENT, [props.database.destination]);
    const { database, users, takeOver } = props;
    const scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${DatabaseSetUpJob.COMPONENT}`,
      component: DatabaseSetUpJob.COMPONENT,
      folder: join(__dirname, 'set-up'),
      files: ['set_up.py', 'role.py', 'database.py', 'ownership.py'],
      shared: ['marks.py'],
    });
    const administrator = database.signInFiles('administrator', props.administrator);
    new OneTimeJob(this, 'Job', {
      component: DatabaseSetUpJob.COMPONENT,
      inputs: [scripts.digest, ...database.inputs, ...administrator.revisions],
      finalExitCode: ANOTHER_ATTEMPT_IS_USELESS,
      pod: {
        containers: [{
          name: 'set-up',
          image: mlflowImage(props.version),
          command: ['python3'],
          args: [scripts.path('set_up.py')],
          env: [
            { name: 'ADMINISTRATOR_URI', value: database.uri('postgres', administrator) },
            { name: 'MLFLOW_BACKEND_STORE_URI', value: database.uri() },
            ...users === undefined ? [] : [{ name: 'MLFLOW_USERS_URI', value: database.uri(users) }],
            { name: 'CONNECTION_LIMIT', value: String(props.connectionLimit) },
            { name: 'ENVIRONMENT', value: props.environment },
            { name: 'TAKE_OVER', value: (['role', 'database'] as const).filter((thing) => takeOver?.[thing]).join(' ') || 'nothing' },
            { name: 'PYTHONPATH', value: database.programs },
            { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
            { name: 'HOME', value: '/tmp' },
            nameOfPod,
          ],
          terminationMessagePolicy: 'FallbackToLogsOnError',
          resources: { cpu: ['100m', '200m'], memory: ['96Mi', '192Mi'], ephemeralStorage: ['32Mi', '64Mi'] },
          volumeMounts: [scripts.mount, administrator.mount, ...database.mounts, { name: 'tmp', mountPath: '/tmp' }],
        }],
        volumes: [scripts.volume, administrator.volume, ...database.volumes, scratchVolume('tmp', '16Mi')],
      },
    });
  }
}
