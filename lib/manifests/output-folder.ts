import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { FileTrouble } from '../kit/files/trouble';

/** Where this program is. */
const PROGRAM = join(__dirname, '../..');

/** Folders of the program and of a workplace that hold what people wrote, or what others made. */
export const SOURCES = ['.ci', '.git', '.github', '.secrets', 'clients', 'docs', 'environments', 'examples', 'imports', 'lib', 'node_modules', 'test'];

/**
 * The folder for the manifests of all environments.
 *
 * @param wanted as CDK8S_OUTDIR says, which `cdk8s synth` sets
 * @throws FileTrouble where that holds sources, among which manifests would be lost
 */
export function outputFolder(wanted: string): string {
  const refuse = (why: string) => new FileTrouble(`CDK8S_OUTDIR=${wanted}`, `${why}: write a folder of its own, e.g. dist, or leave the variable out`);
  if (wanted.trim() === '') throw refuse('is empty');
  const folder = real(resolve(wanted));
  for (const place of new Set([real(process.cwd()), real(PROGRAM)])) {
    if (contains(folder, place)) throw refuse(folder === place ? 'is the project itself' : 'holds the project itself');
    const [first = ''] = relative(place, folder).split(sep);
    if (contains(place, folder) && SOURCES.includes(first)) throw refuse(`is ${folder === join(place, first) ? '' : 'in '}the project's own folder ${first}`);
  }
  return wanted;
}

/** A path without links, as far as it is there. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(real(dirname(path)), basename(path));
  }
}

function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
