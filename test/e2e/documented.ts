import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Surroundings {
  /** Takes the place of the documented one. */
  readonly namespace: string;
  /**
   * Folder in which the commands find `dist`.
   * @default - where the tests run
   */
  readonly folder?: string;
  readonly variables?: Record<string, string>;
}

/**
 * Runs commands as they are documented: the block below `<!-- The end-to-end tests run these commands: <title>. -->`. Returns what they
 * print, and throws when one fails.
 */
export async function runDocumented(document: string, title: string, { namespace, folder, variables }: Surroundings): Promise<string> {
  const text = readFileSync(resolve(__dirname, '../..', document), 'utf8');
  const block = text.split(`<!-- The end-to-end tests run these commands: ${title}. -->\n\`\`\`sh\n`)[1]?.split('```')[0];
  if (block === undefined) throw new Error(`${document} has no commands called "${title}"`);
  const commands = block.replace(/^NAMESPACE=.*$/m, `NAMESPACE=${namespace}`);
  return (await run('bash', ['-euc', commands], { cwd: folder, env: { ...process.env, ...variables } })).stdout;
}
