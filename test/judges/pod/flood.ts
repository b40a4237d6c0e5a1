import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod, Program } from './pod';

/** What a flood of one kind did. */
export interface Flooded {
  readonly kind: string;
  /** Statuses, in its middle, of the probes and of a good request, and their milliseconds together. */
  readonly statuses: readonly number[];
  readonly milliseconds: number;
  /** The most memory that the guard's program ever held, in bytes. */
  readonly memory: number;
}

/**
 * Fifty hostile connections at once to a port, of each kind after the other.
 *
 * @param ask what is asked meanwhile: probes, and what somebody good asks
 */
export async function flood(pod: Pod, guard: Program, port: number, ask: readonly (() => number)[]): Promise<Flooded[]> {
  const found: Flooded[] = [];
  for (const kind of ['slow', 'slow body', 'headers', 'cookies']) {
    const { process } = pod.start('python3', join(__dirname, 'flood.py'), pod.address, String(port), kind, '50', '8');
    const ended = once(process, 'exit');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const began = Date.now();
    const statuses = ask.map((each) => each());
    const milliseconds = Date.now() - began;
    await ended;
    const [, memory] = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${guard.process.pid!}/status`, 'utf8'))!;
    found.push({ kind, statuses, milliseconds, memory: Number(memory) * 1024 });
  }
  return found;
}
