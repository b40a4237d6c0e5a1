import type { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { connectionsOf, type Connection, type Part } from '../../kit/network/connection';
import type { Destination } from '../../kit/network/peer';
import { mlflowImage } from '../../versions';
import { scratchVolume, type HardenedContainer, type Resources } from '../../kit/workload/hardened-pod';
import { ANOTHER_ATTEMPT_IS_USELESS, OneTimeJob } from '../../kit/workload/one-time-job';
import { Scripts } from '../../kit/workload/scripts';
import { nameOfPod, type DatabaseClient } from './database-client';

/** What takes a backup of the database. */
export interface Backup {
  readonly container: HardenedContainer;
  /** Volumes of the container. */
  readonly volumes: readonly k8s.Volume[];
  /** What it connects to, in addition to the database. */
  readonly destinations: readonly Destination[];
  /** Digests of what it reads at run time. */
  readonly inputs: readonly string[];
}

const WAITING: Pick<Resources, 'cpu' | 'memory'> = { cpu: ['100m', '200m'], memory: ['128Mi', '256Mi'] };

export interface SchemaProps {
  /** Release of MLflow, whose head the schema must be at. */
  readonly version: string;
  readonly database: DatabaseClient;
  /**
   * Name of the database of MLflow's users, on the same server and of the same role.
   * @default - MLflow has no users
   */
  readonly users?: string;
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
export class Schema extends Construct implements Part {
  static readonly COMPONENT = 'schema';

  readonly components = [Schema.COMPONENT];
  readonly connections: readonly Connection[];

  private readonly scripts: Scripts;

  constructor(scope: Construct, id: string, private readonly props: SchemaProps) {
    super(scope, id);
    this.scripts = new Scripts(this, 'Scripts', {
      name: `mlflow-${Schema.COMPONENT}`,
      component: Schema.COMPONENT,
      folder: __dirname,
      files: ['schema.py'],
    });
    const { backup } = props;
    this.connections = connectionsOf(this, Schema.COMPONENT, [props.database.destination, ...backup?.destinations ?? []]);
    new OneTimeJob(this, 'Job', {
      component: Schema.COMPONENT,
      inputs: [...this.inputs, ...backup?.inputs ?? []],
      finalExitCode: ANOTHER_ATTEMPT_IS_USELESS,
      pod: {
        initContainers: backup && [backup.container],
        containers: [this.container('migrate', { cpu: ['500m', '1'], memory: ['512Mi', '1Gi'] })],
        volumes: [...this.volumes, ...backup?.volumes ?? []],
      },
    });
  }

  /** Holds a pod back until the schema is at the head of its MLflow, however long that takes. It never changes the schema. */
  get gate(): HardenedContainer {
    return this.container('wait', WAITING);
  }

  /** The same for a Job's pod: it fails when nobody migrates for some minutes. */
  get gateOfJob(): HardenedContainer {
    return this.container('wait-in-job', WAITING);
  }

  /** Volumes of the gate, those of the database's clients among them. */
  get volumes(): k8s.Volume[] {
    return [this.scripts.volume, ...this.props.database.volumes, scratchVolume('schema-tmp', '64Mi')];
  }

  /** Digests of what the gate reads at run time. */
  get inputs(): string[] {
    return [this.scripts.digest, ...this.props.database.inputs];
  }

  private container(verb: 'migrate' | 'wait' | 'wait-in-job', resources: Pick<Resources, 'cpu' | 'memory'>): HardenedContainer {
    const { version, database, users } = this.props;
    return {
      name: `${verb === 'migrate' ? 'migrate' : 'wait'}-schema`,
      image: mlflowImage(version),
      command: ['python3'],
      args: [this.scripts.path('schema.py'), verb],
      env: [
        { name: 'MLFLOW_BACKEND_STORE_URI', value: database.uri() },
        ...users === undefined ? [] : [{ name: 'MLFLOW_USERS_URI', value: database.uri(users) }],
        { name: 'PYTHONPATH', value: database.programs },
        { name: 'PYTHONDONTWRITEBYTECODE', value: '1' },
        { name: 'HOME', value: '/tmp' },
        nameOfPod,
      ],
      terminationMessagePolicy: 'FallbackToLogsOnError',
      resources: { ...resources, ephemeralStorage: ['64Mi', '128Mi'] },
      volumeMounts: [this.scripts.mount, ...database.mounts, { name: 'schema-tmp', mountPath: '/tmp' }],
    };
  }
}
