import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporaryFolder } from './testing';

const PROGRAM = [process.execPath, join(__dirname, '../synth.mjs')];

export const LOCAL = 'profile: local\n';
export const PRODUCTION = 'namespace: {name: production}\ndatabase: {provider: external, host: db.example.com}\nartifactStore: {provider: s3}\n'
  + 'network: {clients: [{namespace: training}]}\n';

/** A folder with environment files, in which the program runs as people run it. Manifests go to `out`. */
export class Workplace {
  constructor(readonly folder: string) {}

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(files: Record<string, string>): void {
    mkdirSync(this.path('environments'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(this.path('environments', name), text);
  }

  /** Runs it to its end. `by` are words of a command that runs it, in a shell of its own where needed. */
  synth({ by = [], environment = {}, uid, cwd = '.' }: { by?: readonly string[]; environment?: Record<string, string>; uid?: number; cwd?: string } = {}) {
    const [program, ...rest] = [...by, ...PROGRAM];
    const { status, stdout, stderr } = spawnSync(program!, rest, { cwd: this.path(cwd), encoding: 'utf8', uid, env: this.variables(environment) });
    return { status, stdout, stderr };
  }

  start(): ChildProcess {
    return spawn(PROGRAM[0]!, PROGRAM.slice(1), { cwd: this.folder, stdio: 'ignore', env: this.variables({}) });
  }

  private variables(more: Record<string, string>): Record<string, string | undefined> {
    return { PATH: process.env.PATH, CDK8S_OUTDIR: 'out', ...more };
  }
}

/** Runs `use` in a workplace that is there for it only. */
export function inWorkplace<T>(files: Record<string, string>, use: (workplace: Workplace) => T): T {
  return inTemporaryFolder((folder) => {
    const workplace = new Workplace(folder);
    workplace.write(files);
    return use(workplace);
  });
}
