import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it. Not by Node's own `recursive`, which says ENOENT of a file system that can only be read.
 *
 * @param mode default: what the user's umask allows
 * @returns the folders that were not there before, the innermost first
 */
export function makeFolder(path: string, mode?: number): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  const above = dirname(path) === path ? [] : makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
    return [path, ...above];
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
    return above; // another run was faster
  }
}

/** Removes a folder with nothing in it, and leaves any other. */
export function removeWhereEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something is in it, or it is gone already.
  }
}
