import { execFileSync } from 'node:child_process';
import { Client, nothingFailed, type Written } from '../client';
import { longTest } from '../form';
import { apply, deleteNamespaces, eventually, get, kubectl, leaveNamespaces, pods, restarts, rolledOut } from '../kubectl';
import { Workspace } from '../platform';

const NAMESPACE = 'e2e-disruption';
const CLIENTS = 'e2e-disruption-clients';
const SERVICE = `http://mlflow.${NAMESPACE}.svc.cluster.local:5000`;

/** A command that stops or starts a node, as if by its power: `<command> stop|start <number of the node>`. The long form needs it. */
const NODE_COMMAND = process.env.E2E_NODE_COMMAND;

/** With a connection limit of its own, so that no change of the server is one of the database's. */
const environment = {
  namespace: { name: NAMESPACE },
  tracking: { disruptionBudget: { maxUnavailable: 1 } },
  database: { provider: 'embedded', connectionLimit: 150 },
  network: { clients: [{ namespace: CLIENTS }] },
};
const workspace = new Workspace('local').copyFromRepository(environment);
let client: Client;
let nodes: readonly string[];

const deployment = 'deployment/mlflow';
const steady = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function scaled(workload: string, replicas: number): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'scale', workload, `--replicas=${replicas}`]);
}

/** Until the pods that are going are gone. */
async function settled(): Promise<void> {
  await rolledOut(NAMESPACE, deployment, 180);
  await eventually(90, async () => {
    const { spec } = await get<{ spec: { replicas: number } }>('-n', NAMESPACE, deployment);
    expect(await pods(NAMESPACE, 'tracking-server')).toHaveLength(spec.replicas);
  });
}

/** Starts the database, the object store and the client where no test takes the node away. */
async function onFirstNode(start: () => Promise<void>): Promise<void> {
  for (const node of nodes.slice(1)) await kubectl(['cordon', node]);
  try {
    await start();
  } finally {
    for (const node of nodes.slice(1)) await kubectl(['uncordon', node]);
  }
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS);
  nodes = (await get('nodes')).items.map(({ metadata }) => metadata.name);
  await onFirstNode(async () => {
    await apply(workspace.render());
    await rolledOut(NAMESPACE, 'statefulset/mlflow-postgres', 120);
    await rolledOut(NAMESPACE, 'statefulset/mlflow-object-store', 120);
    client = await Client.start(CLIENTS);
  });
  await rolledOut(NAMESPACE, deployment, 180);
  await kubectl(['-n', NAMESPACE, 'rollout', 'restart', deployment]);
  await settled();
});

afterAll(() => leaveNamespaces(NAMESPACE, CLIENTS));

test('no request is lost by a rolling restart, nor a download that is under way', async () => {
  const host = new URL(SERVICE).host;
  const written = await client.writing(SERVICE, async () => {
    const downloads = Array.from({ length: 4 }, () => client.python('transfer.py', host, JSON.stringify({ Host: host }), '30', '30'));
    await new Promise((resolve) => setTimeout(resolve, 8000)); // until they are under way
    await kubectl(['-n', NAMESPACE, 'rollout', 'restart', deployment]);
    await settled();
    await Promise.all(downloads);
  });
  expect(written).toMatchObject(nothingFailed);
});

longTest('no request is lost by a change of the configuration', async () => {
  workspace.copyFromRepository({ ...environment, tracking: { ...environment.tracking, threads: 3 } });
  const written = await client.writing(SERVICE, async () => {
    await apply(workspace.render());
    await settled();
  });
  expect(written).toMatchObject(nothingFailed);
});

longTest('no request is lost when replicas come and go', async () => {
  const written = await client.writing(SERVICE, async () => {
    await scaled(deployment, 4);
    await settled();
    await scaled(deployment, 2);
    await settled();
  });
  expect(written).toMatchObject(nothingFailed);
});

longTest('no request is lost when an autoscaler takes over, and another apply leaves its number of replicas alone', async () => {
  const { minReplicas, maxReplicas } = { minReplicas: 3, maxReplicas: 4 };
  const replicas = async () => (await get<{ spec: { replicas: number } }>('-n', NAMESPACE, deployment)).spec.replicas;
  workspace.copyFromRepository({ ...environment, tracking: { ...environment.tracking, threads: 3, autoscaling: { minReplicas, maxReplicas } } });
  const written = await client.writing(SERVICE, async () => {
    await apply(workspace.render());
    await eventually(120, async () => { expect(await replicas()).toBeGreaterThanOrEqual(minReplicas); });
    await settled();
    await apply(workspace.render());
    await steady(5);
    expect(await replicas()).toBeGreaterThanOrEqual(minReplicas);
  });
  expect(written).toMatchObject(nothingFailed);
  await kubectl(['-n', NAMESPACE, 'delete', 'horizontalpodautoscaler', 'mlflow']);
  await scaled(deployment, 2);
  await settled();
});

test('only one pod can be evicted at a time', async () => {
  const evict = (name: string) => kubectl(['create', '--raw', `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, '-f', '-'],
    JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } }));
  const [first, second] = await pods(NAMESPACE, 'tracking-server');
  await evict(first!.metadata.name);
  await expect(evict(second!.metadata.name)).rejects.toThrow('would violate the pod\'s disruption budget');
  await settled();
});

test('no request is lost by the drain of a node', async () => {
  const node = nodes.at(-1)!;
  const written = await client.writing(SERVICE, async () => {
    try {
      await kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=180s',
        '--pod-selector=app.kubernetes.io/component=tracking-server']);
      await settled();
    } finally {
      await kubectl(['uncordon', node]);
    }
  });
  expect(written).toMatchObject(nothingFailed);
});

longTest('only the requests in flight are lost when a pod is killed', async () => {
  const [victim] = await pods(NAMESPACE, 'tracking-server');
  const written = await client.writing(SERVICE, async () => {
    await kubectl(['-n', NAMESPACE, 'delete', 'pod', victim!.metadata.name, '--grace-period=0', '--force']);
    await settled();
  });
  expect(written.lost).toBe(0);
  expect(written.failed).toBeLessThanOrEqual(8);
  expect(written.acknowledged).toBeGreaterThan(100);
});

longTest('when the database was away for two minutes no pod restarts, and service resumes within 15 s', async () => {
  await scaled('statefulset/mlflow-postgres', 0);
  await eventually(60, async () => {
    for (const { status } of await pods(NAMESPACE, 'tracking-server')) {
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
    }
  });
  await steady(120);
  await onFirstNode(async () => {
    await scaled('statefulset/mlflow-postgres', 1);
    await rolledOut(NAMESPACE, 'statefulset/mlflow-postgres', 120);
  });
  const back = Date.now();
  await eventually(60, async () => {
    expect(await client.status(`${SERVICE}/api/2.0/mlflow/experiments/search?max_results=1`)).toBe(200);
  });
  expect((Date.now() - back) / 1000).toBeLessThan(15);
  expect(restarts(await pods(NAMESPACE, 'tracking-server'))).toBe(0);
});

longTest('service continues when a node is lost, and everything acknowledged is there afterwards', async () => {
  await kubectl(['-n', NAMESPACE, 'rollout', 'restart', deployment]); // onto both nodes again
  await settled();
  if (NODE_COMMAND === undefined) throw new Error('E2E_NODE_COMMAND names no command that stops a node');
  const node = (action: 'stop' | 'start') => execFileSync('sh', ['-c', `${NODE_COMMAND} ${action} ${nodes.length}`]);
  let afterwards: Written;
  try {
    const during = await client.writing(SERVICE, async () => {
      node('stop');
      await steady(75); // the cluster notices after 50
    });
    expect(during.lost).toBe(0);
    afterwards = await client.writing(SERVICE, () => steady(15));
  } finally {
    node('start');
    await kubectl(['wait', 'node', nodes.at(-1)!, '--for=condition=Ready', '--timeout=120s']);
  }
  expect(afterwards).toMatchObject(nothingFailed);
  expect(afterwards.acknowledged).toBeGreaterThan(100);
  await settled();
});
