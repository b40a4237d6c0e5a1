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

/** Whether a file of that name is one that a killed run left: its content, without its name. kubectl and the program read none. */
export function isLeftOver(file: string): boolean {
  return /^\..+\.new$/.test(file);
}

/**
 * Files that change together. Each is first written whole, next to its place; only when all are written do they get their names. So on a
 * full disk, or after a kill, everything is as it was. A kill while they get their names leaves some files new and others old, each of
 * them whole.
 */
export class StagedFiles {
  private readonly writes: { readonly from: string; readonly to: string }[] = [];
  private readonly removals: string[] = [];
  private readonly folders: string[] = [];
  private readonly emptied: string[] = [];
  private readonly ahead: string[] = [];
  private named = 0;

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
    this.writes.push({ from, to: path });
    try {
      writeNew(from, content, mode);
    } catch (error) {
      throw fileTrouble(error, path) ?? error;
    }
  }

  /** Writes a new file at once, before all others; it goes again if nothing comes of them. */
  writeAhead(path: string, content: string, mode: number): void {
    this.write(path, content, mode);
    const { from, to } = this.writes.pop()!;
    renameSync(from, to);
    this.ahead.push(path);
  }

  /** Removes a file when the others have their names. */
  remove(path: string): void {
    this.removals.push(path);
  }

  /** Removes a folder in the end, if nothing is in it. */
  removeFolder(path: string): void {
    this.emptied.push(path);
  }

  /** Gives the files their names, in the order in which they were written, and then removes what is to go. */
  commit(): void {
    for (; this.named < this.writes.length; this.named++) {
      const { from, to } = this.writes[this.named]!;
      renameSync(from, to);
    }
    for (const path of this.removals) rmSync(path, { force: true });
    for (const folder of this.emptied) removeWhereEmpty(folder);
  }

  /** Forgets what has no name yet. */
  discard(): void {
    for (const { from } of this.writes.slice(this.named)) rmSync(from, { force: true });
    if (this.named === 0) for (const path of this.ahead) rmSync(path, { force: true });
    for (const folder of this.folders) removeWhereEmpty(folder);
  }
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
