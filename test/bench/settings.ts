import { poolSize } from '../../lib/features/tracking-server/capacity';
import { Client } from '../e2e/client';
import { deleteNamespaces, get, kubectl, rolledOut } from '../e2e/kubectl';
import { atRest, bringUp, measure, restarted } from './contender';
import { CLIENTS, LIMITS, platform } from './contenders';
import { printCells } from './table';

const SMALL_POOL = { MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: '5', MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: '10' }; // SQLAlchemy's, which MLflow keeps
const JOBS = { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'true' };

interface Setting {
  readonly name: string;
  readonly workers: number;
  /** What `mlflow server` gets. Default: this platform's own application. */
  readonly arguments?: readonly string[];
  readonly variables?: Record<string, string>;
}

const threads = (number: number) => ({ PLATFORM_THREADS: String(number), MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: String(poolSize(number) - 1) });

const SETTINGS: readonly Setting[] = [
  { name: 'this platform, 1 worker', workers: 1 },
  { name: 'this platform, 2 workers', workers: 2 },
  { name: 'this platform, 4 workers', workers: 4 },
  { name: 'this platform, 2 workers of 2 threads', workers: 2, variables: threads(2) },
  { name: 'this platform, 2 workers of 8 threads', workers: 2, variables: threads(8) },
  { name: 'this platform, 2 workers, pool of 5 and 10 more', workers: 2, variables: SMALL_POOL },
  { name: 'uvicorn as MLflow starts it, 4 workers, job execution', workers: 4, arguments: [], variables: { ...SMALL_POOL, ...JOBS } },
  { name: 'uvicorn as MLflow starts it, 2 workers', workers: 2, arguments: [], variables: SMALL_POOL },
  { name: 'gunicorn, 2 workers of 4 threads', workers: 2, arguments: ['--gunicorn-opts', '--worker-class gthread --threads 4 --timeout 600'] },
  { name: 'gunicorn, 3 workers of 1 thread', workers: 3, arguments: ['--gunicorn-opts', '--timeout 600'] },
];

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: object };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly object[] }[] } } };
}

/** Measures one pod with one setting after the other and prints them. */
export async function settings(): Promise<void> {
  const contender = platform({ replicas: 1 });
  const { namespace } = contender;
  await bringUp(contender);
  const rendered = await get<Deployment>('-n', namespace, 'deployment', 'mlflow');
  const client = await Client.start(CLIENTS);
  const cells: string[][] = [];
  try {
    for (const setting of SETTINGS) {
      process.stderr.write(`${setting.name}\n`);
      await kubectl(['replace', '-f', '-'], JSON.stringify(changed(rendered, setting)));
      await rolledOut(namespace, 'deployment/mlflow', 180);
      await measure(contender, client, 'log-batch', 5, 8);
      const rest = await atRest(contender);
      const { callsPerSecond, p50, p99, failures, calls, cpuSeconds, memory } = await measure(contender, client, 'log-batch', 12, 8);
      const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed();
      cells.push([setting.name, callsPerSecond.toFixed(1), (1000 * p50!).toFixed(), (1000 * p99!).toFixed(), (1000 * cpuSeconds / calls).toFixed(1),
        String(failures + await restarted(contender)), mebibytes(rest.pss), mebibytes(memory.pss)]);
    }
  } finally {
    await deleteNamespaces(CLIENTS, namespace);
  }
  await printCells(['setting', 'calls/s', 'p50 ms', 'p99 ms', 'CPU ms a call', 'failures', 'MiB at rest', 'MiB under load'], cells,
    `log-batch, 8 clients, one pod of ${LIMITS.cpu} CPU and ${LIMITS.memory}Gi`);
}

/** The Deployment with a setting. Its pod ends before the next one starts, so that they do not share the cores. */
function changed({ metadata, spec, ...deployment }: Deployment, { workers, arguments: given, variables }: Setting): object {
  const { template } = spec;
  const [container] = template.spec.containers;
  const changes: Record<string, string> = { MLFLOW_WORKERS: String(workers), ...variables };
  if (given?.includes('--gunicorn-opts')) changes.MLFLOW_UVICORN_OPTS = ''; // MLflow takes options of one server only
  const env = Object.entries(changes).map(([name, value]) => ({ name, value }));
  const program = given && { args: ['mlflow', 'server', ...given], readinessProbe: { httpGet: { path: '/health', port: 'http' } } };
  // Of the limits alone Kubernetes would make requests, for which a node of two cores has no room.
  const resources = { requests: { cpu: '100m', memory: '512Mi' }, limits: { 'cpu': String(LIMITS.cpu), 'memory': `${LIMITS.memory}Gi`, 'ephemeral-storage': '4Gi' } };
  const containers = [{ ...container, ...program, resources, env: [...container!.env, ...env] }];
  return {
    ...deployment,
    metadata: { name: metadata.name, namespace: metadata.namespace, labels: metadata.labels },
    spec: { ...spec, strategy: { type: 'Recreate' }, template: { ...template, spec: { ...template.spec, containers } } },
  };
}
