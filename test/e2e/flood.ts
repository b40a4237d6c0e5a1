import type { Client } from './client';
import { FULL } from './form';
import { get, kubectl, pods, restarts, servers } from './kubectl';

/** Seconds for which each flood lasts: in the long form longer than it takes the probes to give a pod up. */
const LASTS = FULL ? 75 : 10;

/** Seconds in which probes are answered: that takes 0.3 to 0.6 where nothing else runs, as in the long form. In the short one another suite does. */
const WITHIN = FULL ? 1 : 3;

/** What fifty clients send. The short form has one flood that needs no credentials, one of sizes, and one of what grows when it is unpacked. */
const KINDS = [
  'wrong passwords at a call', 'bodies of 400 MB', 'gzip that is 300 MB',
  ...FULL ? ['wrong passwords at an artifact', 'bodies without credentials', 'bodies of 30 MB of text', 'bodies of lists', 'bodies of empty messages'] : [],
];

/** Who sends the floods, and right calls in between. */
interface Flooding {
  readonly namespace: string;
  readonly client: Client;
  /** Name and password. */
  readonly user: readonly [string, string];
}

/** The most memory that the processes of the first pod have held so far, in MiB. */
async function peak(namespace: string): Promise<number> {
  const [pod] = await pods(namespace, 'tracking-server');
  const { stdout } = await kubectl(['-n', namespace, 'exec', pod!.metadata.name, '-c', 'mlflow', '--', 'sh', '-c', 'grep -h VmHWM /proc/[0-9]*/status']);
  return stdout.trim().split('\n').reduce((total, line) => total + Number(/\d+/.exec(line)![0]) / 1024, 0);
}

interface Flooded {
  readonly slowest_health: number;
  readonly answers: Record<string, number>;
  readonly right: Record<string, number>;
}

/** The tests of floods at a platform with users. */
export function floods(flooding: () => Flooding): void {
  test.each(KINDS)('%s of fifty clients: the probes are answered in time, a right call is served, and no pod starts again or fills its memory', async (kind) => {
    const { namespace, client, user } = flooding();
    const [server] = await servers(namespace);
    const began = Date.now();
    const flooded = JSON.parse(await client.python('flood.py', new URL(server!).host, kind, String(LASTS), ...user)) as Flooded;
    console.log(`${kind}: ${JSON.stringify(flooded)}, ${Math.round(await peak(namespace))} MiB at most`);
    expect(flooded.slowest_health).toBeLessThan(WITHIN);
    expect(flooded.right['200']).toBeGreaterThan(0);
    expect(Object.keys(flooded.right).filter((status) => !['200', '429', '503'].includes(status))).toEqual([]);
    expect(await peak(namespace)).toBeLessThan(1024);
    const found = await pods(namespace, 'tracking-server');
    expect(restarts(found)).toBe(0);
    const unhealthy = await get<{ items: { lastTimestamp: string }[] }>('-n', namespace, 'events', '--field-selector', 'reason=Unhealthy');
    expect(unhealthy.items.filter(({ lastTimestamp }) => Date.parse(lastTimestamp) > began)).toEqual([]); // earlier ones are of the start
  });
}
