import { lstatSync, readdirSync, readFileSync, type Dirent } from 'node:fs';

/* How folders are read in which others may have put what this user cannot read, or what no memory takes. */

/** Bytes. All that this program writes is smaller. */
const MOST = 4 * 2 ** 20;

/** The text of a file; undefined where there is none that this program can have written, or that it can read. */
export function readOwn(path: string): string | undefined {
  try {
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= MOST ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** What is in a folder; nothing where it is none, a link to others', or closed to this user. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return lstatSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];
  } catch {
    return [];
  }
}
