import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Part } from '../../kit/network/connection';
import type { Destination } from '../../kit/network/peer';
import { SecretEnvironment, type SecretReference } from '../../kit/secrets/secret-environment';
import { images } from '../../versions';
import { scratchVolume, UNPRIVILEGED } from '../../kit/workload/hardened-pod';
import { Scripts } from '../../kit/workload/scripts';
import { SingleServer } from '../../kit/workload/single-server';

const COMPONENT = 'postgres';
const NAME = `mlflow-${COMPONENT}`;
const PORT = 5432;
const DATA = '/var/lib/postgresql/data';
const SET_SUPERUSER_PASSWORD = readFileSync(join(__dirname, 'set-superuser-password.sh'), 'utf8');

/** In addition to the tracking server's connections: an administrator's, and the three that PostgreSQL keeps for superusers. */
const SPARE_CONNECTIONS = 8;

export interface PostgresProps {
  /** Size of the volume, as a quantity. */
  readonly storage: string;
  /** Connections that the tracking server's role may hold. */
  readonly connectionLimit: number;
  /** Secret of the superuser, with the keys username and password. */
  readonly administrator: SecretReference;
}

/** A PostgreSQL server of one pod with one volume, which outlives the pod. For local use: nothing stands by. */
export class Postgres extends Construct implements Part {
  readonly components = [COMPONENT];
  /** It connects to nobody. */
  readonly connections = [];
  /** Where clients find it, and where network policies do. */
  readonly address: { readonly host: string; readonly port: number; readonly destination: Destination };

  constructor(scope: Construct, id: string, { storage, connectionLimit, administrator }: PostgresProps) {
    super(scope, id);
    const secrets = new SecretEnvironment('administrator', [
      { secret: administrator, variables: { username: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' } },
    ]);

    const users = usersOfHost(this);

    // As the user of the pod and through TCP, as clients do: the set-up phase of a new volume listens on a socket only.
    const ready = { exec: { command: ['pg_isready', '--host=127.0.0.1', '--quiet'] }, timeoutSeconds: 5 };
    const server = new SingleServer(this, 'Server', {
      name: NAME,
      component: COMPONENT,
      version: images.postgres.tag,
      port: { name: 'postgresql', port: PORT },
      storage,
      // The password is set at every start.
      inputs: secrets.revisions,
      pod: {
        terminationGracePeriodSeconds: 60,
        containers: [{
          name: 'postgres',
          image: images.postgres,
          ...secrets.launch(['docker-entrypoint.sh', 'postgres', '-c', `max_connections=${connectionLimit + SPARE_CONNECTIONS}`]),
          env: [{ name: 'PGDATA', value: `${DATA}/pgdata` }],
          ports: [{ name: 'postgresql', containerPort: PORT }],
          lifecycle: {
            postStart: { exec: { command: ['/bin/sh', '-c', `SECRETS=${secrets.mount.mountPath}\n${SET_SUPERUSER_PASSWORD}`] } },
            // SIGTERM alone would wait for every client to leave.
            preStop: { exec: { command: ['pg_ctl', 'stop', '--mode=fast', '--no-wait'] } },
          },
          startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 150 },
          readinessProbe: { ...ready, periodSeconds: 5 },
          livenessProbe: { tcpSocket: { port: k8s.IntOrString.fromString('postgresql') }, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
          resources: { cpu: ['250m', '500m'], memory: ['512Mi', '1Gi'], ephemeralStorage: ['128Mi', '256Mi'] },
          volumeMounts: [
            { name: 'data', mountPath: DATA },
            { name: 'run', mountPath: '/var/run/postgresql' },
            { name: 'tmp', mountPath: '/tmp' },
            // PostgreSQL keeps shared memory of parallel queries here; a container has 64 MB of it by default.
            { name: 'shared-memory', mountPath: '/dev/shm' },
            { ...users.mount, mountPath: '/etc/passwd', subPath: 'passwd' },
            secrets.mount,
          ],
        }],
        volumes: [
          scratchVolume('run', '16Mi'),
          scratchVolume('tmp', '64Mi'),
          { name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('256Mi') } },
          users.volume,
          secrets.volume,
        ],
      },
    });
    this.address = { host: NAME, port: PORT, destination: server.destination };
  }
}

/**
 * The users that the pod knows. initdb wants its own to have a name, whichever (https://hub.docker.com/_/postgres, "Arbitrary --user Notes"),
 * and the image knows one that hosts may have, too.
 */
function usersOfHost(scope: Construct): Scripts {
  const passwd = `postgres:x:${UNPRIVILEGED}:${UNPRIVILEGED}::/tmp:/bin/sh\n`;
  return new Scripts(scope, 'Users', { name: `${NAME}-users`, component: COMPONENT, generated: { passwd } });
}
