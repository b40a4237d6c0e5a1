import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const present = new Set(readdirSync(folder));
  for (const file of present) {
    if (!files.has(file)) rmSync(join(folder, file), { recursive: true });
  }
  const mode = secret ? 0o600 : 0o644;
  for (const [file, content] of files) {
    const path = join(folder, file);
    // A file that is right is left alone: reading takes a fifth of writing.
    if (!present.has(file) || readFileSync(path, 'utf8') !== content) writeFileSync(path, content, { mode });
    chmodSync(path, mode); // one that was there keeps its own
  }
}
