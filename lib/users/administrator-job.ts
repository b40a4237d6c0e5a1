import { Construct } from 'constructs';
import { databaseUri, libpqVariables, type DatabaseConnection } from '../database/connection';
import type { Schema } from '../database/schema';
import type { Peer } from '../network/peer';
import { SecretEnvironment, type SecretReference } from '../secrets/secret-environment';
import { mlflowImage } from '../versions';
import { scratchVolume } from '../workload/hardened-pod';
import { ANOTHER_ATTEMPT_IS_USELESS, OneTimeJob } from '../workload/one-time-job';
import { Scripts } from '../workload/scripts';

export interface AdministratorJobProps {
  /** Release of MLflow. */
  readonly version: string;
  /** The database of the users. */
  readonly database: DatabaseConnection;
  /** What brings that database to this release's schema. */
  readonly schema: Schema;
  /** Secret of the administrator, with the keys username and password. */
  readonly administrator: SecretReference;
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/**
 * Makes the administrator of MLflow's users as soon as their database has its schema, changes nothing that is right already, and sets
 * the password anew when the Secret's revision changed. No server holds that Secret.
 */
export class AdministratorJob extends Construct {
  static readonly COMPONENT = 'administrator';

  constructor(scope: Construct, id: string, { version, database, schema, administrator, dns }: AdministratorJobProps) {
    super(scope, id);
    const scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${AdministratorJob.COMPONENT}`,
      component: AdministratorJob.COMPONENT,
      folder: __dirname,
      files: ['administrator.py'],
    });
    const secrets = new SecretEnvironment('credentials', [
      { secret: database.secret, variables: libpqVariables },
      { secret: administrator, variables: { username: 'ADMINISTRATOR_NAME', password: 'ADMINISTRATOR_PASSWORD' } },
    ]);
    new OneTimeJob(this, 'Job', {
      component: AdministratorJob.COMPONENT,
      inputs: [scripts.digest, ...secrets.revisions, ...schema.inputs],
      destinations: [database.destination],
      dns,
      finalExitCode: ANOTHER_ATTEMPT_IS_USELESS,
      pod: {
        initContainers: [schema.gate],
        containers: [{
          name: 'administrator',
          image: mlflowImage(version),
          ...secrets.launch(['python3', scripts.path('administrator.py')]),
          env: [
            { name: 'MLFLOW_USERS_URI', value: databaseUri(database) },
            { name: 'MLFLOW_DISABLE_TELEMETRY', value: 'true' },
            { name: 'HOME', value: '/tmp' },
            { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
          ],
          terminationMessagePolicy: 'FallbackToLogsOnError',
          resources: { cpu: ['500m', '1'], memory: ['512Mi', '1Gi'], ephemeralStorage: ['64Mi', '128Mi'] },
          volumeMounts: [scripts.mount, secrets.mount, { name: 'tmp', mountPath: '/tmp' }],
        }],
        volumes: [scripts.volume, secrets.volume, scratchVolume('tmp', '64Mi'), ...schema.volumes],
      },
    });
  }
}
