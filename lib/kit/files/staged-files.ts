import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder, removeWhereEmpty } from './folders';
import { fileTrouble } from './trouble';

/** Mode of a file that only its owner can read. */
export const PRIVATE = 0o600;

/** Where the content of a file is before it has its name. */
export function stagedPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

/**
 * Files that change together. Each is first written whole, next to its place; only when all are written do they get their names. So on a
 * full disk, or after a kill, everything is as it was. A kill while they get their names leaves some files new and others old, each of
 * them whole.
 */
export class StagedFiles {
  private readonly changes: Change[] = [];
  private readonly folders: string[] = [];
  private readonly emptied: string[] = [];
  private readonly ahead: string[] = [];
  private done = 0;

  /**
   * Makes a folder, which goes again if nothing comes of the rest.
   * @param mode default: what the user's umask allows
   */
  folder(path: string, mode?: number): void {
    this.folders.unshift(...makeFolder(path, mode));
  }

  /** @param mode of the file, from its first byte on */
  write(path: string, content: string, mode: number): void {
    const from = stagedPath(path);
    this.changes.push({ from, to: path });
    try {
      writeNew(from, content, mode);
    } catch (error) {
      throw fileTrouble(error, path) ?? error;
    }
  }

  /** Writes a new file at once, before all others; it goes again if nothing comes of them. */
  writeAhead(path: string, content: string, mode: number): void {
    this.write(path, content, mode);
    change(this.changes.pop()!);
    this.ahead.push(path);
  }

  /** Removes a file when those before it have their names. */
  remove(path: string): void {
    this.changes.push({ to: path });
  }

  /** Removes a folder in the end, if nothing is in it. */
  removeFolder(path: string): void {
    this.emptied.push(path);
  }

  /** Gives the files their names and removes others, in the order in which that was asked for. */
  commit(): void {
    for (; this.done < this.changes.length; this.done++) change(this.changes[this.done]!);
    for (const folder of this.emptied) removeWhereEmpty(folder);
  }

  /** Forgets what has no name yet. */
  discard(): void {
    for (const { from } of this.changes.slice(this.done)) if (from !== undefined) rmSync(from, { force: true });
    if (this.done === 0) for (const path of this.ahead) rmSync(path, { force: true });
    for (const folder of this.folders) removeWhereEmpty(folder);
  }
}

/** A file that gets its name, or goes. */
interface Change {
  readonly from?: string;
  readonly to: string;
}

function change({ from, to }: Change): void {
  if (from === undefined) rmSync(to, { force: true });
  else renameSync(from, to);
}

function writeNew(path: string, content: string, mode: number): void {
  const file = openNew(path, mode);
  try {
    const bytes = Buffer.from(content);
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
  } finally {
    closeSync(file);
  }
}

/** Opens a file that was not there before, so that nobody's link is followed and the mode holds. */
function openNew(path: string, mode: number): number {
  try {
    return openSync(path, 'wx', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    rmSync(path);
    return openSync(path, 'wx', mode);
  }
}
