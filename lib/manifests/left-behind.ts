import { join } from 'node:path';
import type { Environment, EnvironmentSpec } from '../features/environment';
import type { Problem } from '../kit/problem';
import { entriesOf } from '../kit/files/read';
import { shellWord } from '../kit/shell';
import { keptPlace } from '../environment/generated-secrets';
import { NAMESPACE_FOLDER } from './manifest';
import { readOwnManifest } from './own-manifest';

/** Where an environment's objects are. */
export interface Place {
  readonly namespace: string;
  /** Undefined where it does not say, too. */
  readonly cluster?: string;
}

/** An environment as it was when it was last rendered, as far as the disk tells. */
export interface Former {
  readonly name: string;
  /** Folder of its manifests, and where their objects are. */
  readonly rendered?: { readonly folder: string; readonly place: Place };
  /** Its file of passwords, and where they were used. */
  readonly secrets?: { readonly file: string; readonly place?: Place };
}

export interface Places {
  /** Where the manifests of all environments are. */
  readonly output: string;
  /** Where the passwords of local environments are. */
  readonly secrets: string;
  /** Where the files of the environments are. */
  readonly environments: string;
}

/** All environments that left something on the disk, by name. */
export function formerEnvironments({ output, secrets }: Places): Map<string, Former> {
  const files = names(secrets).filter((file) => /^[^.].*\.yaml$/.test(file));
  const all = new Set([...names(output).filter((name) => !name.startsWith('.')), ...files.map((file) => file.replace(/\.yaml$/, ''))]);
  return new Map([...all].sort().flatMap((name) => {
    const folder = join(output, name);
    const place = placeOfManifests(folder, name);
    const rendered = place && { folder, place };
    const file = join(secrets, `${name}.yaml`);
    const kept = files.includes(`${name}.yaml`) ? { file, place: keptPlace(file) } : undefined;
    return rendered ?? kept ? [[name, { name, rendered, secrets: kept }]] : [];
  }));
}

function names(folder: string): string[] {
  return entriesOf(folder).map(({ name }) => name).sort();
}

/** As the first of an environment's manifests says that has a namespace. */
function placeOfManifests(folder: string, environment: string): Place | undefined {
  for (const file of names(folder)) {
    const { environment: name, namespace, cluster } = readOwnManifest(join(folder, file)) ?? {};
    if (name === environment && namespace !== undefined) return { namespace, cluster };
  }
  return undefined;
}

/** Where an environment is by its file. */
function placeOf({ namespace, cluster }: EnvironmentSpec): Place {
  return { namespace: namespace.name, cluster };
}

/** Whether two places are one, as far as they say. */
function isOnePlace(one: Place, other: Place): boolean {
  return one.namespace === other.namespace && (one.cluster === undefined || other.cluster === undefined || one.cluster === other.cluster);
}

function wasAt({ rendered, secrets }: Former, place: Place): boolean {
  return [rendered?.place, secrets?.place].some((each) => each && isOnePlace(each, place));
}

/** Whether a file names a place: then it is compared with others as a file. A faulty one does not say that it moved. */
function isAt(spec: EnvironmentSpec | readonly Problem[] | undefined, place: Place): boolean {
  return spec !== undefined && (!('profile' in spec) || isOnePlace(placeOf(spec), place));
}

/**
 * Why an environment must not be rendered: it would take the place of one that was rendered under another name, as after a file got a new
 * name. Undefined where it would not.
 *
 * @param read what the file of an environment says now, or its problems; undefined where it is gone
 */
export function problemOfNewName(environment: Environment, former: ReadonlyMap<string, Former>, { environments }: Places,
  read: (name: string) => EnvironmentSpec | readonly Problem[] | undefined): string | undefined {
  const place = placeOf(environment);
  const own = former.get(environment.name);
  if (own && wasAt(own, place)) return undefined;
  const other = [...former.values()].find((each) => each.name !== environment.name && wasAt(each, place) && !isAt(read(each.name), place));
  if (!other) return undefined;
  const { name, rendered } = other;
  const [when, instead] = read(name) ? ['until now', 'Write another namespace'] : ['which is gone', `Call the file ${name}.yaml again`];
  return `is for the namespace ${place.namespace}, as ${join(environments, name)}.yaml was, ${when}: the name of an environment is in the selectors of all that runs, `
    + `so that under a new one nothing would fit. ${instead}; or remove the former platform, with the data that it holds itself`
    + `${rendered ? `, ${removal(rendered)}` : ''}, and then ${leavings(other)}`;
}

/** A line about what goes on to run where an environment was before its file named another namespace, or undefined. */
export function warningOfMove({ name, namespace }: Environment, former: Former | undefined): string | undefined {
  const before = (former?.rendered?.place ?? former?.secrets?.place)?.namespace;
  return before === undefined || before === namespace.name ? undefined
    : `namespace.name: warning: was ${before} until now, and what runs there goes on, on the same database and store where these are others': remove it, `
      + `kubectl -n ${before} delete all,jobs,networkpolicies -l app.kubernetes.io/instance=${name}`;
}

/** A line about what is left of an environment whose file is gone, and how to be rid of it. */
export function warningOf(former: Former, { environments }: Places): string {
  const { name, rendered, secrets } = former;
  const gone = `warning: ${join(environments, name)}.yaml is gone`;
  if (!rendered) return `${secrets!.file}: ${gone}, and its passwords are still here: remove them when its platform is gone, too`;
  const ofNamespace = join(rendered.folder, NAMESPACE_FOLDER);
  const also = names(ofNamespace).length ? `; its Namespace, with all that is in it: kubectl delete -f ${shellWord(ofNamespace)}` : '';
  return `${rendered.folder}: ${gone}, and its manifests are still here: remove what runs, ${removal(rendered)}${also}; and then ${leavings(former)}; or put the file back`;
}

/** The command that removes what runs, and what goes with it. */
function removal({ folder, place }: NonNullable<Former['rendered']>): string {
  const has = (kind: string) => names(folder).some((file) => file.includes(`-${kind}-`));
  const data = has('namespace') ? ` (with it goes the namespace ${place.namespace}, with all data and all else in it)`
    : has('persistentvolumeclaim') ? ' (with it go its database and artifacts)' : '';
  return `kubectl delete -f ${shellWord(folder)}${data}`;
}

/** What of it is on the disk. */
function leavings({ rendered, secrets }: Former): string {
  return [rendered?.folder, secrets?.file].filter((path) => path !== undefined).join(' and ');
}
