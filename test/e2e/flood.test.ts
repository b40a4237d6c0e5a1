import { Client } from './client';
import { apply, complete, deleteNamespaces, get, kubectl, pods, restarts, rolledOut, servers } from './kubectl';
import { Workspace } from './platform';

const NAMESPACE = 'e2e-flood';
const CLIENTS = 'e2e-flood-clients';

/** Seconds for which each flood lasts: in the long form longer than it takes the probes to give a pod up. */
const LASTS = process.env.E2E_FULL ? 75 : 10;

const workspace = new Workspace('local')
  .copyFromRepository({ namespace: { name: NAMESPACE }, access: { mode: 'basic' }, network: { clients: [{ namespace: CLIENTS }] } });
let client: Client;
let user: string[];

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CLIENTS);
  await apply(workspace.render());
  await rolledOut(NAMESPACE, 'deployment/mlflow', 180);
  await complete(NAMESPACE, 'administrator');
  client = await Client.start(CLIENTS);
  const { username, password } = workspace.readSecrets()['mlflow-administrator'] as { username: string; password: string };
  user = [username, password];
});

afterAll(() => deleteNamespaces(NAMESPACE, CLIENTS));

/** The most memory that the processes of the first pod have held so far, in MiB. */
async function peak(): Promise<number> {
  const [pod] = await pods(NAMESPACE, 'tracking-server');
  const { stdout } = await kubectl(['-n', NAMESPACE, 'exec', pod!.metadata.name, '-c', 'mlflow', '--', 'sh', '-c', 'grep -h VmHWM /proc/[0-9]*/status']);
  return stdout.trim().split('\n').reduce((total, line) => total + Number(/\d+/.exec(line)![0]) / 1024, 0);
}

interface Flooded {
  readonly slowest_health: number;
  readonly answers: Record<string, number>;
  readonly right: Record<string, number>;
}

test.each([
  'wrong passwords at an artifact', 'wrong passwords at a call', 'bodies without credentials', 'bodies of 400 MB', 'bodies of 30 MB of text', 'bodies of lists',
  'bodies of empty messages', 'gzip that is 300 MB',
])('%s of fifty clients: the probes are answered within a second, a right call is served, and no pod starts again or fills its memory', async (kind) => {
  const [server] = await servers(NAMESPACE);
  const began = Date.now();
  const flooded = JSON.parse(await client.python('flood.py', new URL(server!).host, kind, String(LASTS), ...user)) as Flooded;
  console.log(`${kind}: ${JSON.stringify(flooded)}, ${Math.round(await peak())} MiB at most`);
  expect(flooded.slowest_health).toBeLessThan(1);
  expect(flooded.right['200']).toBeGreaterThan(0);
  expect(Object.keys(flooded.right).filter((status) => !['200', '429', '503'].includes(status))).toEqual([]);
  expect(await peak()).toBeLessThan(1024);
  const found = await pods(NAMESPACE, 'tracking-server');
  expect(restarts(found)).toBe(0);
  const unhealthy = await get<{ items: { lastTimestamp: string }[] }>('-n', NAMESPACE, 'events', '--field-selector', 'reason=Unhealthy');
  expect(unhealthy.items.filter(({ lastTimestamp }) => Date.parse(lastTimestamp) > began)).toEqual([]); // earlier ones are of the start
});
