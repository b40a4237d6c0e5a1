import type { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Destination, Peer } from '../network/peer';
import { SecretEnvironment } from '../secrets/secret-environment';
import { mlflowImage } from '../versions';
import { scratchVolume, type HardenedContainer, type Resources } from '../workload/hardened-pod';
import { ANOTHER_ATTEMPT_IS_USELESS, OneTimeJob } from '../workload/one-time-job';
import { Scripts } from '../workload/scripts';
import { databaseUri, libpqVariables, type DatabaseConnection } from './connection';

/** What takes a backup of the database. */
export interface Backup {
  readonly container: HardenedContainer;
  /** Volumes of the container. */
  readonly volumes: readonly k8s.Volume[];
  /** What it connects to, beside the database. */
  readonly destinations: readonly Destination[];
  /** Digests of what it reads at run time. */
  readonly inputs: readonly string[];
}

export interface SchemaProps {
  /** Release of MLflow, whose head the schema shall be at. */
  readonly version: string;
  readonly connection: DatabaseConnection;
  /**
   * The database of MLflow's users, on the same server and of the same role.
   * @default - MLflow has no users
   */
  readonly users?: DatabaseConnection;
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
  /**
   * Runs before each attempt to migrate, which is not made when it fails.
   * @default none
   */
  readonly backup?: Backup;
}

/**
 * The schema of MLflow's database, and of its users' where it has some: a Job that migrates them, and an init container that waits for it.
 *
 * `mlflow server` itself migrates when a table is missing, without a lock over pods: replicas that start on an empty database race, and
 * the losers crash. So no server starts before the Job has brought the schema to the head of the server's own image.
 */
export class Schema extends Construct {
  static readonly COMPONENT = 'schema';

  private readonly scripts: Scripts;
  private readonly secrets: SecretEnvironment;

  constructor(scope: Construct, id: string, private readonly props: SchemaProps) {
    super(scope, id);
    this.scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${Schema.COMPONENT}`,
      component: Schema.COMPONENT,
      folder: __dirname,
      files: ['schema.py'],
    });
    this.secrets = new SecretEnvironment('schema-credentials', [{ secret: props.connection.secret, variables: libpqVariables }]);
    const { backup } = props;
    new OneTimeJob(this, 'Job', {
      component: Schema.COMPONENT,
      inputs: [...this.inputs, ...backup?.inputs ?? []],
      destinations: [props.connection.destination, ...backup?.destinations ?? []],
      dns: props.dns,
      finalExitCode: ANOTHER_ATTEMPT_IS_USELESS,
      pod: {
        initContainers: backup && [backup.container],
        containers: [this.container('migrate', { cpu: ['500m', '1'], memory: ['512Mi', '1Gi'] })],
        volumes: [...this.volumes, ...backup?.volumes ?? []],
      },
    });
  }

  /** Holds a pod back until the schema is at the head of its MLflow. It never changes the schema. */
  get gate(): HardenedContainer {
    return this.container('wait', { cpu: ['250m', '500m'], memory: ['128Mi', '256Mi'] });
  }

  /** Volumes of the gate. */
  get volumes(): k8s.Volume[] {
    return [this.scripts.volume, this.secrets.volume, scratchVolume('schema-tmp', '64Mi')];
  }

  /** Digests of what the gate reads at run time. */
  get inputs(): string[] {
    return [this.scripts.digest, ...this.secrets.revisions];
  }

  private container(verb: 'migrate' | 'wait', resources: Pick<Resources, 'cpu' | 'memory'>): HardenedContainer {
    const { version, connection, users } = this.props;
    return {
      name: `${verb}-schema`,
      image: mlflowImage(version),
      ...this.secrets.launch(['python3', this.scripts.path('schema.py'), verb]),
      env: [
        { name: 'MLFLOW_BACKEND_STORE_URI', value: databaseUri(connection) },
        ...users ? [{ name: 'MLFLOW_USERS_URI', value: databaseUri(users) }] : [],
        { name: 'HOME', value: '/tmp' },
        { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
      ],
      terminationMessagePolicy: 'FallbackToLogsOnError',
      resources: { ...resources, ephemeralStorage: ['64Mi', '128Mi'] },
      volumeMounts: [this.scripts.mount, this.secrets.mount, { name: 'schema-tmp', mountPath: '/tmp' }],
    };
  }
}
