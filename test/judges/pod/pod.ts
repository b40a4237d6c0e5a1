import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../e2e/kubectl';

/** The families of addresses that a pod may have, its own address first. */
export const families: [string, readonly string[]][] = [
  ['IPv4 only', ['10.9.8.7']],
  ['IPv6 only', ['fd00::5']],
  ['IPv4 first, and IPv6', ['10.9.8.7', 'fd00::5']],
  ['IPv6 first, and IPv4', ['fd00::5', '10.9.8.7']],
];

export interface PodProps {
  /** Its own first. A family that it has none of is not there at all, not even as 127.0.0.1. */
  readonly addresses: readonly string[];
  /** Names that it knows, all of which lead to itself by each of its addresses. */
  readonly names: readonly string[];
  /** Certificates of the authorities that are trusted in it. */
  readonly trusted: string;
}

/** A program that was started. */
export interface Program {
  readonly process: ChildProcess;
  /** What it has printed. */
  readonly log: () => string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Waits until a check passes, and throws its last error after some seconds. */
export async function soon(check: () => void, seconds = 60): Promise<void> {
  await eventually(seconds, () => Promise.resolve().then(check));
}

/** Network and files such as a pod has, on this machine, without a cluster. It needs util-linux and iproute2, and no privileges. */
export class Pod {
  readonly folder: string;
  private readonly programs: ChildProcess[] = [];

  private constructor(private readonly holder: ChildProcess, folder: string, readonly address: string) {
    this.folder = folder;
  }

  static async start({ addresses, names, trusted }: PodProps): Promise<Pod> {
    const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-pod-'));
    writeFileSync(join(folder, 'hosts'), addresses.map((address) => `${address} ${names.join(' ')}\n`).join(''));
    writeFileSync(join(folder, 'resolv.conf'), `nameserver ${addresses[0]!}\n`); // where nobody listens
    writeFileSync(join(folder, 'ca-certificates.crt'), trusted);
    const holder = spawn('unshare', ['--user', '--map-root-user', '--net', '--mount', 'sh', join(__dirname, 'pod.sh'), folder, ...addresses],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(holder, 'exit').then(() => { throw new Error('pod.sh ended'); });
    await Promise.race([once(holder.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    return new Pod(holder, folder, addresses[0]!);
  }

  /** Writes a file, and returns where it is. */
  write(file: string, content: string): string {
    mkdirSync(join(this.folder, file, '..'), { recursive: true });
    writeFileSync(join(this.folder, file), content);
    return join(this.folder, file);
  }

  /** Runs a program until it ends, and returns what it prints. */
  run(program: string, ...args: readonly string[]): string {
    return execFileSync('nsenter', [...this.entering, program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 2 ** 20 });
  }

  start(program: string, ...args: readonly string[]): Program {
    const log = join(this.folder, `log-${this.programs.length}`);
    const output = openSync(log, 'w');
    const process = spawn('nsenter', [...this.entering, program, ...args], { stdio: ['pipe', output, output] });
    this.programs.push(process);
    return { process, log: () => readFileSync(log, 'utf8') };
  }

  /** A request to one of its ports, the path as it is; the status is 0 where nobody answers. */
  ask(port: number, path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Answer {
    const host = this.address.includes(':') ? `[${this.address}]` : this.address;
    const flags = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const { stdout } = spawnSync('nsenter', [...this.entering, 'curl', '--silent', '--globoff', '--path-as-is', '--max-time', '30', '--write-out', '\n%{http_code}',
      '--request', method, ...method === 'HEAD' ? ['--head'] : [], ...flags, `http://${host}:${port}${path}`], { encoding: 'utf8' });
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
  }

  stop(): void {
    for (const program of [...this.programs, this.holder]) program.kill('SIGKILL');
  }

  private get entering(): string[] {
    return ['--target', String(this.holder.pid), '--user', '--net', '--mount', '--preserve-credentials', `--wd=${process.cwd()}`];
  }
}
