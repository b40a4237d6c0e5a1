import { createHash } from 'node:crypto';
import { readOwn } from '../kit/files/read';

/**
 * Name of the list, in an environment's folder, of the files that this program wrote there. By it the program removes only its own ones,
 * and those only where nobody changed them. Neither kubectl nor Argo CD reads a file of that name.
 */
export const LIST = '.manifests';

/** Path in the folder to SHA-256 of what was written. */
export type Written = ReadonlyMap<string, string>;

/** Reads a list, or undefined where there is none. */
export function readList(path: string): Written | undefined {
  const lines = readOwn(path)?.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm);
  return lines && new Map([...lines].map(([, hash, file]) => [file!, hash!]));
}

/** As `sha256sum --check` reads it, in the order of the files' names. */
export function listText(written: Written): string {
  return [...written].sort(([one], [other]) => (one < other ? -1 : 1)).map(([file, hash]) => `${hash}  ${file}\n`).join('');
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
