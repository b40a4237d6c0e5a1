import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { cause, fileTrouble } from '../kit/files/trouble';
import { InvalidEnvironments } from '../kit/problem';

/** Bytes. A real environment file has less than four thousand. */
const MAX_SIZE = 256 * 2 ** 10;

/** Where this program is, with environment files of its own. */
const PROGRAM = join(__dirname, '../..');

/**
 * The environment files of a folder, in the order of their names. What editors, macOS and network disks keep next to a file, such as
 * `._local.yaml` and `.#local.yaml`, is none.
 *
 * @throws InvalidEnvironments where there are none
 */
export function environmentFiles(folder: string): string[] {
  const files = list(folder).filter((file) => /\.ya?ml$/i.test(file) && !/^[.#~]/.test(file)).sort();
  if (files.length) return files;
  const here = realpathSync('.') !== realpathSync(PROGRAM) ? `, or run this in ${PROGRAM}` : '';
  throw new InvalidEnvironments([`${folder}: there is no environment file: write one, e.g. ${join(folder, 'local.yaml')}${here}`]);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileTrouble(error, folder) ?? error;
  }
}

/** The environment of a file: its name. */
export function nameOf(file: string): string {
  return basename(file, extname(file));
}

/** The text of an environment file, or what is wrong with the file. */
export function readText(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: 'is no file: make it one, or remove it' };
    if (stat.size > MAX_SIZE) return { problem: `has ${stat.size} bytes, more than the ${MAX_SIZE} that an environment file may have` };
    return decode(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { problem: `cannot be read: ${cause(code)}` };
  }
}

/** As UTF-8. Other letters would be lost without a word. */
function decode(bytes: Uint8Array): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not UTF-8: save it as such' };
  }
}
