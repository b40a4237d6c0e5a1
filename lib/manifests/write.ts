import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './manifest';

/**
 * Makes a folder hold these manifests and no others. With `secret` they also hold passwords, so Git is told to ignore the folder and
 * only its owner can read it.
 */
export function writeManifests(folder: string, manifests: readonly Manifest[], secret: boolean): void {
  mkdirSync(folder, { recursive: true });
  const files = new Map(manifests.map(({ file, yaml }) => [file, yaml]));
  if (secret) files.set('.gitignore', '*\n');
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    if (!files.has(file)) rmSync(join(folder, file), { recursive: true });
  }
  const mode = secret ? 0o600 : 0o644;
  for (const [file, content] of files) {
    writeFileSync(join(folder, file), content, { mode });
    chmodSync(join(folder, file), mode); // one that was there keeps its own
  }
}
