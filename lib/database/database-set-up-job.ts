import { Construct } from 'constructs';
import type { Peer } from '../network/peer';
import { SecretEnvironment, type SecretReference } from '../secrets/secret-environment';
import { images } from '../versions';
import { scratchVolume } from '../workload/hardened-pod';
import { OneTimeJob } from '../workload/one-time-job';
import { Scripts } from '../workload/scripts';
import { libpqVariables, type DatabaseConnection } from './connection';

export interface DatabaseSetUpJobProps {
  /** The database to make, and the Secret of the role that shall own it. */
  readonly connection: DatabaseConnection;
  /**
   * A further database to make, on the same server and of the same role: that of MLflow's users.
   * @default none
   */
  readonly users?: DatabaseConnection;
  /** Secret, with the keys username and password, of a role that may create roles and databases. */
  readonly administrator: SecretReference;
  /** Connections that the role may hold. */
  readonly connectionLimit: number;
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/**
 * Makes the tracking server's role and databases on a PostgreSQL server, with nothing for PUBLIC. It waits for the server, changes
 * nothing that is right already, and sets the password anew when the Secret's revision changed.
 */
export class DatabaseSetUpJob extends Construct {
  static readonly COMPONENT = 'database-set-up';

  constructor(scope: Construct, id: string, { connection, users, administrator, connectionLimit, dns }: DatabaseSetUpJobProps) {
    super(scope, id);
    const scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${DatabaseSetUpJob.COMPONENT}`,
      component: DatabaseSetUpJob.COMPONENT,
      folder: __dirname,
      files: ['set-up.sh', 'set-up.sql'],
    });
    const secrets = new SecretEnvironment('credentials', [
      { secret: administrator, variables: libpqVariables },
      { secret: connection.secret, variables: { username: 'TRACKING_USER', password: 'TRACKING_PASSWORD' } },
    ]);
    new OneTimeJob(this, 'Job', {
      component: DatabaseSetUpJob.COMPONENT,
      inputs: [scripts.digest, ...secrets.revisions],
      destinations: [connection.destination],
      dns,
      pod: {
        containers: [{
          name: 'psql',
          image: images.postgres,
          ...secrets.launch(['/bin/sh', scripts.path('set-up.sh')]),
          env: [
            { name: 'PGHOST', value: connection.host },
            { name: 'PGPORT', value: String(connection.port) },
            { name: 'PGSSLMODE', value: connection.sslMode },
            { name: 'PGCONNECT_TIMEOUT', value: '10' },
            { name: 'TRACKING_DATABASE', value: connection.name },
            ...users ? [{ name: 'USERS_DATABASE', value: users.name }] : [],
            { name: 'TRACKING_CONNECTION_LIMIT', value: String(connectionLimit) },
            { name: 'HOME', value: '/tmp' },
          ],
          resources: { cpu: ['100m', '200m'], memory: ['64Mi', '128Mi'], ephemeralStorage: ['32Mi', '64Mi'] },
          volumeMounts: [scripts.mount, secrets.mount, { name: 'tmp', mountPath: '/tmp' }],
        }],
        volumes: [scripts.volume, secrets.volume, scratchVolume('tmp', '16Mi')],
      },
    });
  }
}
