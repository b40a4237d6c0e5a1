import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../environment/environment';
import { entriesOf } from '../files/read';
import { shellWord } from '../kit/shell';
import { NAMESPACE_FOLDER } from './manifest';
import { readOwnManifest, type OwnManifest } from './own-manifest';

/** What of an environment whose file is gone is still on the disk. */
export interface LeftBehind {
  readonly name: string;
  /** Folder of its manifests, and one of them. */
  readonly rendered?: { readonly folder: string; readonly manifest: OwnManifest };
  /** Its file of passwords. */
  readonly secrets?: string;
}

export interface Places {
  /** Where the manifests of all environments are. */
  readonly output: string;
  /** Where the passwords of local environments are. */
  readonly secrets: string;
  /** Where the files of the environments are. */
  readonly environments: string;
}

/**
 * Looks for environments whose file is gone.
 *
 * @param known names of the environments whose file is there
 */
export function leftBehind({ output, secrets }: Places, known: readonly string[]): LeftBehind[] {
  const there = new Set(known);
  const folders = names(output).filter((name) => !name.startsWith('.') && !there.has(name));
  const files = names(secrets).filter((file) => /^[^.].*\.yaml$/.test(file)).map((file) => file.replace(/\.yaml$/, '')).filter((name) => !there.has(name));
  return [...new Set([...folders, ...files])].sort().flatMap((name) => {
    const folder = join(output, name);
    const manifest = folders.includes(name) ? findManifest(folder, name) : undefined;
    const rendered = manifest && { folder, manifest };
    const kept = files.includes(name) ? join(secrets, `${name}.yaml`) : undefined;
    return rendered ?? kept ? [{ name, rendered, secrets: kept }] : [];
  });
}

function names(folder: string): string[] {
  return entriesOf(folder).map(({ name }) => name).sort();
}

/** One of an environment's manifests that has a namespace. */
function findManifest(folder: string, environment: string): OwnManifest | undefined {
  for (const file of names(folder)) {
    const manifest = readOwnManifest(join(folder, file));
    if (manifest?.environment === environment && manifest.namespace !== undefined) return manifest;
  }
  return undefined;
}

/** Why an environment must not be rendered: its file seems to be another's under a new name, or undefined. */
export function problemOfNewName(environment: Environment, left: readonly LeftBehind[], { environments }: Places): string | undefined {
  const former = left.find(({ rendered }) => rendered && isOfOnePlace(environment, rendered.manifest));
  if (!former) return undefined;
  const { name, rendered } = former;
  return `is for the namespace ${environment.namespace.name}, as ${join(environments, name)}.yaml was, which is gone: the name of an environment is in the selectors of `
    + `all that runs, so that under a new one nothing would fit. Call the file ${name}.yaml again; or remove the former platform, `
    + `with the data that it holds itself, kubectl delete -f ${shellWord(rendered!.folder)}, and then that folder`;
}

function isOfOnePlace({ namespace, cluster }: Environment, manifest: OwnManifest): boolean {
  return manifest.namespace === namespace.name && (cluster === undefined || manifest.cluster === undefined || cluster === manifest.cluster);
}

/** A line about what goes on to run where an environment was before its file named another namespace, or undefined. */
export function warningOfMove({ name, namespace }: Environment, { output }: Places): string | undefined {
  const folder = join(output, name);
  const former = findManifest(folder, name)?.namespace;
  return former === undefined || former === namespace.name ? undefined
    : `namespace.name: warning: was ${former} until now, and what runs there goes on, on the same database and store where these are others': remove it, `
      + `kubectl -n ${former} delete all,jobs,networkpolicies -l app.kubernetes.io/instance=${name}`;
}

/** A line about what is left, and how to be rid of it. */
export function warningOf({ name, rendered, secrets }: LeftBehind, { environments }: Places): string {
  const gone = `warning: ${join(environments, name)}.yaml is gone`;
  if (!rendered) return `${secrets!}: ${gone}, and its passwords are still here: remove them when its platform is gone, too`;
  const { folder } = rendered;
  const ofNamespace = join(folder, NAMESPACE_FOLDER);
  const also = lstatSync(ofNamespace, { throwIfNoEntry: false }) ? ` (its Namespace, with all that is in it: kubectl delete -f ${shellWord(ofNamespace)})` : '';
  return `${folder}: ${gone}, and its manifests are still here: remove what runs, kubectl delete -f ${shellWord(folder)}${also}, and then `
    + `the folder${secrets === undefined ? '' : ` and ${secrets}`}; or put the file back`;
}
