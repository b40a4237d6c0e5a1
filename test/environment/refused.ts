import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doubts } from '../../lib/environment/check';
import type { Environment } from '../../lib/features/environment';
import { loadEnvironments, parseEnvironment } from '../../lib/environment/load';
import { InvalidEnvironments } from '../../lib/kit/problem';
import { inTemporaryFolder } from '../testing';
import { environmentSchema } from '../../lib/features/environment';

/** The keys that a file may have, as messages list them. */
export const TOP_LEVEL = Object.keys(environmentSchema.shape).join(', ');

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

/* Files of one part each. */

export const database = (fields: string) => `profile: local\ndatabase: {provider: external, ${fields}}`;
export const store = (fields: string) => `profile: local\nartifactStore: {provider: minio, ${fields}}`;
export const s3 = (fields: string) => `profile: local\nartifactStore: {provider: s3, ${fields}}`;
export const signIn = (fields: string) => `profile: local\ningress: {hosts: [a.example.com]}\naccess: {mode: oidc, clientId: mlflow, ${fields}}`;
export const ingress = (fields: string) => `profile: local\ningress: {hosts: [a.example.com], ${fields}}`;
export const server = (fields: string) => `profile: local\ntracking: {${fields}}`;
export const limits = (fields: string) => server(`resources: {requests: {cpu: 1m, memory: 128Mi}, limits: {${fields}}}`);
export const CLOUDFLARE = (audience: string) => `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: "${audience}"}`;
export const PRODUCTION = 'database: {provider: external, host: db.example.com}\nartifactStore: {provider: s3}\n';

/** That a file is refused, at a value, with one line. */
export function refused(text: string, path: string, part: string): void {
  expect(linesAbout(text)).toEqual([expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')}: `))]);
  expect(linesAbout(text)[0]).toContain(part);
}

export function accepted(text: string): void {
  expect(linesAbout(text)).toEqual([]);
}
