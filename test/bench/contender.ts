import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { python, type Client } from '../e2e/client';
import { deleteNamespaces, eventually, get, kubectl, restarts, rolledOut, type KubernetesList } from '../e2e/kubectl';

/** A tracking server in a namespace of its own, next to a database and an object store that serve nobody else. */
export interface Contender {
  readonly name: string;
  readonly namespace: string;
  /** As clients reach it. */
  readonly uri: string;
  /** Applies the server's manifests; what it needs is there. */
  readonly start: () => Promise<void>;
}

/** What `load.py` prints; times in seconds. */
export interface Load {
  readonly calls: number;
  readonly failures: number;
  readonly firstFailures: readonly string[];
  readonly callsPerSecond: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/** What `resident.py` prints of one pod: bytes, and seconds of CPU. */
interface Resident {
  readonly workingSet: number;
  readonly rss: number;
  readonly pss: number;
  readonly cpuSeconds: number;
}

export interface Measured extends Load {
  /** Of all pods together. */
  readonly cpuSeconds: number;
  /** Of the largest pod, in the middle of the load. */
  readonly memory: Resident;
}

/** Starts a contender's database, object store and server from nothing. */
export async function bringUp({ namespace, start }: Contender): Promise<void> {
  await deleteNamespaces(namespace);
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['-n', namespace, 'apply', '-f', join(__dirname, 'services.yaml')]);
  for (const service of ['postgres', 'minio']) await rolledOut(namespace, `deployment/${service}`, 120);
  await start();
  await rolledOut(namespace, 'deployment/mlflow', 300);
}

export async function seed(namespace: string): Promise<void> {
  const psql = ['psql', '--host=127.0.0.1', '--username=mlflow', '--set=ON_ERROR_STOP=1', '--quiet'];
  await kubectl(['-n', namespace, 'exec', '-i', 'deployment/postgres', '--', ...psql], readFileSync(join(__dirname, 'ten-thousand-runs.sql'), 'utf8'));
}

async function servers(namespace: string): Promise<KubernetesList['items']> {
  const { items } = await get('-n', namespace, 'pods');
  return items.filter(({ metadata }) => /^mlflow-[0-9a-f]+-\w{5}$/.test(metadata.name));
}

async function resident(namespace: string): Promise<{ cpuSeconds: number; memory: Resident }> {
  const pods = await Promise.all((await servers(namespace)).map(({ metadata }) => eventually(60, async () => {
    return JSON.parse(await python(namespace, metadata.name, join(__dirname, 'resident.py'))) as Resident;
  })));
  const largest = pods.reduce((one, other) => one.pss > other.pss ? one : other);
  return { cpuSeconds: pods.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0), memory: largest };
}

export async function atRest({ namespace }: Contender): Promise<Resident> {
  return (await resident(namespace)).memory;
}

/** How often the server's containers were started again. */
export async function restarted({ namespace }: Contender): Promise<number> {
  return restarts(await servers(namespace));
}

/** Puts one kind of load on a contender. */
export async function measure({ namespace, uri }: Contender, client: Client, load: string, seconds: number, clients: number): Promise<Measured> {
  const before = await resident(namespace);
  const running = client.python(join(__dirname, 'load.py'), uri, load, String(seconds), String(clients));
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, seconds * 500))]);
  const { memory } = await resident(namespace);
  const result = JSON.parse(await running) as Load;
  const after = await resident(namespace);
  return { ...result, cpuSeconds: after.cpuSeconds - before.cpuSeconds, memory };
}
