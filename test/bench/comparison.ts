import { Client } from '../e2e/client';
import { deleteNamespaces } from '../e2e/kubectl';
import { atRest, bringUp, measure, restarted, seed, type Contender, type Measured } from './contender';
import { chart, CLIENTS, LIMITS, platform } from './contenders';
import { print, type Row } from './table';

/** Kind of load, clients at the same time, seconds. */
const LOADS = [
  ['log-batch', 8, 40],
  ['search', 4, 20],
  ['traces', 8, 20],
  ['upload', 2, 20],
  ['download', 2, 20],
] as const;

interface Results {
  readonly rest: { readonly workingSet: number; readonly rss: number; readonly pss: number };
  readonly loads: readonly Measured[];
  readonly restarts: number;
}

async function results(contender: Contender): Promise<Results> {
  await bringUp(contender);
  await seed(contender.namespace);
  const client = await Client.start(CLIENTS);
  try {
    await measure(contender, client, 'log-batch', 10, 8); // the first calls of each worker import and connect
    const rest = await atRest(contender);
    const loads: Measured[] = [];
    for (const [load, clients, seconds] of LOADS) {
      process.stderr.write(`${contender.name}: ${load}\n`);
      loads.push(await measure(contender, client, load, seconds, clients));
    }
    return { rest, loads, restarts: await restarted(contender) };
  } finally {
    await deleteNamespaces(CLIENTS, contender.namespace);
  }
}

/** Measures the platform and the chart one after the other and prints both. */
export async function compare(): Promise<void> {
  const contenders = [platform(), chart];
  const [ours, theirs] = [await results(contenders[0]!), await results(contenders[1]!)];
  const both = (what: string, of: (results: Results) => number, digits = 0): Row => [what, of(ours), of(theirs), digits];
  const rows = LOADS.flatMap(([load, clients], index): Row[] => {
    const at = ({ loads }: Results) => loads[index]!;
    return [
      both(`${load}, ${clients} clients: calls/s`, (all) => at(all).callsPerSecond, 1),
      both('p50 ms', (all) => 1000 * (at(all).p50 ?? NaN)),
      both('p99 ms', (all) => 1000 * (at(all).p99 ?? NaN)),
      both('CPU ms of the server a call', (all) => 1000 * at(all).cpuSeconds / at(all).calls, 1),
      both('failures', (all) => at(all).failures),
    ];
  });
  const mebibytes = (bytes: number) => bytes / 2 ** 20;
  const most = ({ loads }: Results, kind: 'workingSet' | 'rss' | 'pss') => Math.max(...loads.map(({ memory }) => memory[kind]));
  await print(['', ...contenders.map(({ name }) => name), 'ratio'], [
    ...rows,
    both('MiB a replica at rest: proportional set', ({ rest }) => mebibytes(rest.pss)),
    both('resident set', ({ rest }) => mebibytes(rest.rss)),
    both('working set', ({ rest }) => mebibytes(rest.workingSet)),
    both('MiB a replica under load: proportional set', (all) => mebibytes(most(all, 'pss'))),
    both('resident set', (all) => mebibytes(most(all, 'rss'))),
    both('working set', (all) => mebibytes(most(all, 'workingSet'))),
    both('restarts', ({ restarts }) => restarts),
  ], `${LIMITS.cpu} CPU and ${LIMITS.memory}Gi for all replicas of each together`);
  for (const failure of [ours, theirs].flatMap(({ loads }) => loads.flatMap(({ firstFailures }) => firstFailures))) console.log(failure);
}
