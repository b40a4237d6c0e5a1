import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dump, load } from 'js-yaml';

const REPOSITORY = resolve(__dirname, '../..');

/**
 * What the server of a platform asks for where another platform runs next to it: the nodes have two cores each, and a pod that asks for more than
 * is free stays pending until the other suite has ended.
 */
export const MODEST = { requests: { cpu: '100m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } };

/** A folder with environment files of its own, rendered by the program as users run it. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-'));

  constructor(readonly environment: string) {
    mkdirSync(join(this.folder, 'environments'));
  }

  /** Takes the repository's environment file of that name, with some values changed, those of a section one by one. */
  copyFromRepository(changes: Record<string, object | number>): this {
    const content = load(readFileSync(join(REPOSITORY, 'environments', `${this.environment}.yaml`), 'utf8')) as Record<string, object | number>;
    for (const [key, value] of Object.entries(changes)) {
      content[key] = typeof value === 'object' ? { ...content[key] as object | undefined, ...value } : value;
    }
    return this.write(content);
  }

  /** Writes the environment file. */
  write(content: object): this {
    writeFileSync(join(this.folder, 'environments', `${this.environment}.yaml`), dump(content));
    return this;
  }

  /** Changes the values that a local environment keeps. */
  writeSecrets(secrets: Record<string, Record<string, string>>): this {
    mkdirSync(join(this.folder, '.secrets'), { recursive: true });
    writeFileSync(join(this.folder, '.secrets', `${this.environment}.yaml`), dump(secrets));
    return this;
  }

  /** The values that a local environment keeps. */
  readSecrets(): Record<string, Record<string, string>> {
    return load(readFileSync(join(this.folder, '.secrets', `${this.environment}.yaml`), 'utf8')) as Record<string, Record<string, string>>;
  }

  /** Renders, and returns the folder for `kubectl apply -f`. */
  render(): string {
    execFileSync('node', ['--import', join(REPOSITORY, 'node_modules/tsx/dist/loader.mjs'), join(REPOSITORY, 'main.ts')], {
      cwd: this.folder, env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'inherit'],
    });
    return join(this.folder, 'dist', this.environment);
  }
}
