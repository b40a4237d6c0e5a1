import { chmodSync, lstatSync, readFileSync, type Dirent } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { entriesOf, readOwn } from '../kit/files/read';
import { PRIVATE, stagedPath, type StagedFiles } from '../kit/files/staged-files';
import { FileTrouble } from '../kit/files/trouble';
import { NAMESPACE_FOLDER, type Manifest } from './manifest';
import { readOwnManifest } from './own-manifest';
import { hashOf, LIST, listText, readList, type Written } from './written';

export interface Output {
  /** Folder for the manifests. */
  readonly folder: string;
  /** Name of the environment that they are of. */
  readonly environment: string;
  readonly manifests: readonly Manifest[];
  /** Whether they hold passwords too: then Git is told to ignore the folder, and only its owner can read the files. */
  readonly secret: boolean;
}

const IGNORE = '.gitignore';
const IGNORE_ALL = '*\n';

/**
 * Has a folder hold these manifests, and no others that the program wrote for the environment, once the files get their names. All else
 * stays: what others put there, what they changed, and links and what they lead to.
 *
 * @returns warnings of what stays and may not be meant to
 */
export function stageManifests(staged: StagedFiles, { folder, environment, manifests, secret }: Output): string[] {
  const before = readList(join(folder, LIST));
  const files = new Map(manifests.map(({ file, yaml }) => [file, yaml]));
  for (const each of new Set([LIST, ...files.keys()].map((file) => dirname(join(folder, file))))) {
    refuseLink(each);
    staged.folder(each);
  }
  const present = new Map(['', NAMESPACE_FOLDER].flatMap((part) => entriesOf(join(folder, part)).map((entry) => [join(part, entry.name), entry] as const)));
  const written = new Map([...files].map(([file, content]) => [file, hashOf(content)]));
  if (secret && ignoresAll(join(folder, IGNORE), staged, before)) written.set(IGNORE, hashOf(IGNORE_ALL));

  const write = (file: string, content: string) => {
    const path = join(folder, file);
    const mode = secret ? PRIVATE : 0o644;
    if (!holds(path, present.get(file), content)) staged.write(path, content, mode);
    else if (secret) chmodSync(path, mode); // for it keeps its own
  };
  for (const [file, content] of files) write(file, content);

  const warnings: string[] = [];
  for (const [file, entry] of present) {
    if (!entry.isFile() || written.has(file)) continue;
    const path = join(folder, file);
    const hash = before?.get(file);
    if (hash !== undefined && hash === hashOf(readOwn(path) ?? '')) {
      staged.remove(path);
    } else if (hash !== undefined && !(secret && file === IGNORE)) {
      written.set(file, hash);
      warnings.push(`${path}: warning: is rendered no more, and stays because it was changed: remove it, or keep it by another name`);
    } else if (!before && readOwnManifest(path)?.environment === environment) {
      warnings.push(`${path}: warning: is not rendered, and stays because it may be somebody's: remove it, unless you need it`);
    }
  }
  write(LIST, listText(written)); // when all that it no more names is gone
  for (const leftOver of [IGNORE, LIST, ...before?.keys() ?? [], ...files.keys()].map(stagedPath)) { // of a run that was killed
    if (present.get(leftOver)?.isFile()) staged.remove(join(folder, leftOver));
  }
  staged.removeFolder(join(folder, NAMESPACE_FOLDER));
  return warnings;
}

/** Whether a file is right already: to read it is quicker than to write it. */
function holds(path: string, entry: Dirent | undefined, content: string): boolean {
  if (entry && !entry.isFile()) throw new FileTrouble(path, 'is no file, and the program writes one here: move it away, and run this again');
  return entry !== undefined && readOwn(path) === content;
}

/**
 * Has Git ignore a folder at once, so that not even a killed run leaves passwords that Git would take. Tells whether its rules are those
 * that this program wrote.
 */
function ignoresAll(path: string, staged: StagedFiles, before: Written | undefined): boolean {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (!present) {
    staged.writeAhead(path, IGNORE_ALL, PRIVATE);
    return true;
  }
  const text = present.isFile() ? readFileSync(path, 'utf8') : '';
  const lines = text.split('\n').map((line) => line.trim());
  if (!lines.includes('*') || lines.some((line) => line.startsWith('!'))) {
    throw new FileTrouble(path, `lets Git take passwords of ${relative('.', dirname(path))}: write the line * and no line that begins with !, or remove the file`);
  }
  return text === IGNORE_ALL && before?.get(IGNORE) === hashOf(IGNORE_ALL);
}

/** By a link the files of another folder would change. */
function refuseLink(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new FileTrouble(folder, 'is a link, and manifests are written where they are: remove it, or name the folder above its end in CDK8S_OUTDIR');
  }
}
