import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest } from '../../lib/manifests/manifest';
import { environmentLabels } from '../../lib/kit/workload/labels';
import { contents, inTemporaryFolder, writeManifests } from '../testing';

export function manifest(file: string, yaml = yamlOf('test')): Manifest {
  return { file, yaml, object: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' } } };
}

/** What an object of an environment looks like in a file. */
export function yamlOf(environment: string): string {
  const labels = Object.entries(environmentLabels(environment)).map(([key, value]) => `    ${key}: ${value}\n`).join('');
  return `kind: Thing\nmetadata:\n  labels:\n${labels}`;
}

export function inOutputFolder(use: (folder: string) => void): void {
  inTemporaryFolder((parent) => {
    use(join(parent, 'dist', 'test'));
  });
}

export function fill(folder: string, files: Record<string, string>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}

/** @returns the warnings, without the folder's path */
export function write(folder: string, manifests: readonly Manifest[], secret = false): string[] {
  return writeManifests({ folder, environment: 'test', manifests, secret }).map((line) => line.replace(`${folder}/`, ''));
}

/** All in a folder, except the list. */
export function manifestsIn(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(contents(folder)).filter(([file]) => file !== '.manifests'));
}
