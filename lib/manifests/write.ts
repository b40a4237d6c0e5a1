import { chmodSync, lstatSync, readdirSync, readFileSync, type Dirent } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isLeftOver, PRIVATE, type StagedFiles } from '../files/staged-files';
import { FileTrouble } from '../files/trouble';
import { NAMESPACE_FOLDER, type Manifest } from './manifest';
import { isNameOfManifest, readOwnManifest } from './own-manifest';

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
 * Has a folder hold these manifests, and no others of the environment, once the files get their names. What the program did not write
 * stays: other files and folders, and links and what they lead to.
 */
export function stageManifests(staged: StagedFiles, { folder, environment, manifests, secret }: Output): void {
  const files = new Map(manifests.map(({ file, yaml }) => [join(folder, file), yaml]));
  const ofNamespace = join(folder, NAMESPACE_FOLDER);
  for (const each of new Set([...files.keys()].map(dirname))) {
    refuseLink(each);
    staged.folder(each);
  }
  const present = new Map([folder, ofNamespace].flatMap(entries));
  if (secret) ignoreAll(join(folder, IGNORE), staged);
  const mode = secret ? PRIVATE : 0o644;
  for (const [path, content] of files) {
    if (!holds(path, present.get(path), content)) staged.write(path, content, mode);
    else if (secret) chmodSync(path, mode); // for it keeps its own
  }
  for (const [path, entry] of present) {
    if (!files.has(path) && isToGo(path, entry, environment, secret)) staged.remove(path);
  }
  staged.removeFolder(ofNamespace);
}

/** What is in a folder, by its path; nothing where the folder is not there, or a link to others'. */
function entries(folder: string): [string, Dirent][] {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).map((entry) => [join(folder, entry.name), entry]);
}

/** Whether a file is right already: to read it is quicker than to write it. */
function holds(path: string, entry: Dirent | undefined, content: string): boolean {
  if (entry && !entry.isFile()) throw new FileTrouble(path, 'is no file, and a manifest belongs here: move it away, and run this again');
  return entry !== undefined && readFileSync(path, 'utf8') === content;
}

function isToGo(path: string, entry: Dirent, environment: string, secret: boolean): boolean {
  if (!entry.isFile()) return false;
  if (entry.name === IGNORE) return !secret && readFileSync(path, 'utf8') === IGNORE_ALL;
  const staged = entry.name.replace(/^\.|\.new$/g, '');
  if (isLeftOver(entry.name)) return staged === IGNORE || isNameOfManifest(staged);
  return isNameOfManifest(entry.name) && readOwnManifest(path)?.environment === environment;
}

/** At once, so that not even a killed run leaves passwords that Git would take. */
function ignoreAll(path: string, staged: StagedFiles): void {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (!present) {
    staged.writeAhead(path, IGNORE_ALL, PRIVATE);
    return;
  }
  const lines = present.isFile() ? readFileSync(path, 'utf8').split('\n').map((line) => line.trim()) : [];
  if (!lines.includes('*') || lines.some((line) => line.startsWith('!'))) {
    throw new FileTrouble(path, `lets Git take passwords of ${relative('.', dirname(path))}: write the line * and no line that begins with !, or remove the file`);
  }
}

/** By a link the files of another folder would change. */
function refuseLink(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new FileTrouble(folder, 'is a link, and manifests are written where they are: remove it, or name the folder above its end in CDK8S_OUTDIR');
  }
}
