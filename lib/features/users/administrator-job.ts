import { Construct } from 'constructs';
import { nameOfPod, type DatabaseClient } from '../database/database-client';
import type { Schema } from '../database/schema';
import { connectionsOf, type Connection, type Part } from '../../kit/network/connection';
import { SecretFiles, type SecretReference } from '../../kit/secrets/secret-files';
import { mlflowImage } from '../../versions';
import { scratchVolume } from '../../kit/workload/hardened-pod';
import { ANOTHER_ATTEMPT_IS_USELESS, OneTimeJob } from '../../kit/workload/one-time-job';
import { Scripts } from '../../kit/workload/scripts';
import { SHORTEST_PASSWORD } from './secrets';

export interface AdministratorJobProps {
  /** Release of MLflow. */
  readonly version: string;
  readonly database: DatabaseClient;
  /** Name of the database of the users. */
  readonly users: string;
  /** What brings that database to this release's schema. */
  readonly schema: Schema;
  /** Secret of the administrator, with the keys username and password. */
  readonly administrator: SecretReference;
}

/**
 * Makes the administrator of MLflow's users as soon as their database has its schema, changes nothing that is right already, and sets
 * the password again when the Secret's revision changed. No server holds that Secret.
 */
export class AdministratorJob extends Construct implements Part {
  static readonly COMPONENT = 'administrator';

  readonly components = [AdministratorJob.COMPONENT];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, { version, database, users, schema, administrator }: AdministratorJobProps) {
    super(scope, id);
    this.connections = connectionsOf(this, AdministratorJob.COMPONENT, [database.destination]);
    const scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${AdministratorJob.COMPONENT}`,
      component: AdministratorJob.COMPONENT,
      folder: __dirname,
      files: ['administrator.py'],
    });
    const secret = new SecretFiles('administrator', [{ secret: administrator, files: { username: 'username', password: 'password' } }]);
    new OneTimeJob(this, 'Job', {
      component: AdministratorJob.COMPONENT,
      inputs: [scripts.digest, ...secret.revisions, ...schema.inputs],
      finalExitCode: ANOTHER_ATTEMPT_IS_USELESS,
      pod: {
        initContainers: [schema.gateOfJob],
        containers: [{
          name: 'administrator',
          image: mlflowImage(version),
          command: ['python3'],
          args: [scripts.path('administrator.py')],
          env: [
            { name: 'MLFLOW_USERS_URI', value: database.uri(users) },
            { name: 'ADMINISTRATOR_SECRET', value: secret.mount.mountPath },
            { name: 'SHORTEST_PASSWORD', value: String(SHORTEST_PASSWORD) },
            { name: 'MLFLOW_DISABLE_TELEMETRY', value: 'true' },
            { name: 'PYTHONPATH', value: database.programs },
            { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
            { name: 'HOME', value: '/tmp' },
            nameOfPod,
          ],
          terminationMessagePolicy: 'FallbackToLogsOnError',
          resources: { cpu: ['500m', '1'], memory: ['512Mi', '1Gi'], ephemeralStorage: ['64Mi', '128Mi'] },
          volumeMounts: [scripts.mount, secret.mount, ...database.mounts, { name: 'tmp', mountPath: '/tmp' }],
        }],
        volumes: [scripts.volume, secret.volume, scratchVolume('tmp', '64Mi'), ...schema.volumes],
      },
    });
  }
}
