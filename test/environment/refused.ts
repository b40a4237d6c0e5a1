import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doubts } from '../../lib/environment/check';
import type { Environment } from '../../lib/environment/environment';
import { loadEnvironments, parseEnvironment } from '../../lib/environment/load';
import { InvalidEnvironments } from '../../lib/environment/problem';
import { inTemporaryFolder } from '../testing';

export type Files = Record<string, string>;

/** What the program reads of a folder with these files, or all the lines that it prints instead; and the warnings. */
export function load(files: Files, only?: readonly string[]): { environments: readonly Environment[]; lines: string[]; warnings: string[] } {
  return inTemporaryFolder((parent) => {
    const folder = join(parent, 'environments');
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const warnings: string[] = [];
    const shown = (line: string) => line.replaceAll(folder, 'environments');
    try {
      return { environments: loadEnvironments(folder, only, (line) => warnings.push(shown(line))), lines: [], warnings };
    } catch (error) {
      if (!(error instanceof InvalidEnvironments)) throw error;
      return { environments: [], lines: error.message.split('\n').map(shown), warnings };
    }
  });
}

/** The lines about a file x.yaml, without its name at the start of each. */
export function linesAbout(text: string): string[] {
  const start = 'environments/x.yaml: ';
  return load({ 'x.yaml': text }).lines.map((line) => {
    expect(line.startsWith(start)).toBe(true);
    return line.slice(start.length);
  });
}

/** The warnings about a file that is right. */
export function warningsAbout(text: string): string[] {
  const result = parseEnvironment(text);
  if (Array.isArray(result)) throw new Error(result.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return doubts(result).map(({ path, message }) => `${path}: ${message}`);
}
