import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Error code of the system to what is wrong, and what to do. */
const CAUSES: Record<string, readonly [wrong: string, remedy: string]> = {
  EACCES: ['this user has not the right', 'change its owner or mode'],
  EBUSY: ['another program uses it', 'end that program'],
  EDQUOT: ['the quota of the disk is used up', 'make room'],
  EIO: ['the disk does not answer as it should', 'look at the disk'],
  EISDIR: ['a folder is where a file must be', 'move the folder away'],
  ELOOP: ['links lead in a circle', 'remove them'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n)'],
  ENAMETOOLONG: ['the file system takes no name of that length', 'choose a shorter one'],
  ENFILE: ['too many files are open', 'close some programs'],
  ENOENT: ['it is not there, or is a link that leads to nothing', 'make it, or remove the link'],
  ENOSPC: ['the disk is full', 'make room'],
  ENOTDIR: ['a file is where a folder must be', 'move the file away'],
  EPERM: ['this user has not the right', 'change its owner or mode'],
  EROFS: ['the file system can only be read', 'make it writable, or name another folder in CDK8S_OUTDIR'],
};

/** What is wrong and what to do at an error code of the system. */
export function cause(code: string): string {
  const [wrong, remedy] = CAUSES[code] ?? ['the system refuses it', 'look up what its code means'];
  return `${wrong} (${code}): ${remedy}`;
}

/** Trouble that somebody can only mend outside of this program. Its message is a line: where, what is wrong and what to do. */
export class FileTrouble extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'FileTrouble';
  }
}

/**
 * What an error of the file system means, or undefined where it is none.
 *
 * @param path where the system names none, as in a write
 */
export function fileTrouble(error: unknown, path?: string): FileTrouble | undefined {
  if (error instanceof FileTrouble) return error;
  const { code: given, path: named = path } = error as NodeJS.ErrnoException;
  if (given === undefined || named === undefined) return undefined;
  const code = given.replace(/^ERR_FS_/, ''); // where Node itself refuses before the system would
  const file = ['ENOTDIR', 'EEXIST'].includes(code) ? fileIn(named) : undefined;
  return new FileTrouble(file ?? named, `${cause(file === undefined ? code : 'ENOTDIR')}, and run this again`);
}

/** The part of a path that is there and is no folder. */
function fileIn(path: string): string | undefined {
  const above = dirname(path);
  const found = above === path ? undefined : fileIn(above);
  if (found !== undefined) return found;
  return lstatSync(path, { throwIfNoEntry: false }) && !statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : undefined;
}
