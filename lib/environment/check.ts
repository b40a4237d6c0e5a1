import { features } from '../features';
import { rules as rulesOfConnections } from '../features/connection-limit/rules';
import { environmentSchema, type EnvironmentSpec } from '../features/environment';
import { explain, meantBy, pathsOf, valueAt } from './explain';
import type { Problem } from '../kit/problem';
import type { Rule } from '../features/rule';
import { secretsOfTwoPurposes } from '../features/secret-uses';

const rules = [...features.flatMap((feature) => feature.rules ?? []), ...rulesOfConnections];
const warnings = features.flatMap((feature) => feature.warnings ?? []);

/** What the content of an environment file says, or all its problems, those of single values and those of several. */
export function check(content: object): EnvironmentSpec | Problem[] {
  const first = environmentSchema.safeParse(content);
  if (!first.success) {
    const ofSingleValues = first.error.issues.flatMap((issue) => explain(issue, content));
    const rest = withoutFaults(content);
    return inOrder(content, [...ofSingleValues, ...rest ? problemsOfSeveralValues(...rest) : []]);
  }
  const problems = inOrder(content, problemsOfSeveralValues(first.data));
  return problems.length ? problems : first.data;
}

/** What an environment says that is allowed, and probably not meant. */
export function doubts(environment: EnvironmentSpec): Problem[] {
  return inOrder(environment, brokenRules(warnings, environment));
}

/**
 * The content with each faulty value taken out, so that rules over several values can still judge the others, and what was taken out. Undefined where
 * a fault is of the file as a whole: no value can be taken out for it.
 */
function withoutFaults(content: object): [EnvironmentSpec, string[]] | undefined {
  const rest = structuredClone(content);
  const faulty: string[] = [];
  for (;;) {
    const result = environmentSchema.safeParse(rest);
    if (result.success) return [result.data, faulty];
    faulty.push(...result.error.issues.flatMap((issue) => meantBy(issue, rest)));
    const paths = result.error.issues.flatMap(pathsOf).map((path) => present(rest, path)).filter((path) => path.length > 0);
    if (!paths.length) return undefined;
    for (const path of paths) {
      faulty.push(path.join('.'));
      remove(rest, path);
    }
  }
}

function problemsOfSeveralValues(environment: EnvironmentSpec, faulty: readonly string[] = []): Problem[] {
  const secrets = secretsOfTwoPurposes(environment).filter(({ path }) => !faulty.some((bad) => overlaps(path, bad)));
  return [...brokenRules(rules, environment, faulty), ...secrets];
}

function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

function brokenRules(rules: readonly Rule[], environment: EnvironmentSpec, faulty: readonly string[] = []): Problem[] {
  return rules
    .filter(({ reads }) => !reads.some((path) => faulty.some((bad) => overlaps(path, bad))))
    .flatMap(({ path, problem }) => {
      const message = problem(environment);
      return message ? [{ path, message }] : [];
    });
}

/** The path itself or, where it leads to nothing, to a missing value for one, the part of it that is there. */
function present(content: object, path: readonly PropertyKey[]): readonly PropertyKey[] {
  return valueAt(content, path) === undefined ? present(content, path.slice(0, -1)) : path;
}

function remove(content: object, path: readonly PropertyKey[]): void {
  const parent = valueAt(content, path.slice(0, -1));
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, path.at(-1)!);
}

/** More of them nobody reads at once. */
const MOST_PROBLEMS = 100;

/** Each problem once, in the order of the file, as far as somebody reads them; what is missing comes where its section is. */
function inOrder(content: object, problems: readonly Problem[]): Problem[] {
  const unique = [...new Map(problems.map((problem) => [`${problem.path}: ${problem.message}`, problem])).values()];
  const indices = new Map<object, Map<string, number>>();
  const placed = unique.map((problem) => ({ problem, place: placeOf(content, problem.path, indices) }));
  const ordered = placed.sort((a, b) => compare(a.place, b.place)).map(({ problem }) => problem);
  const rest = ordered.length - MOST_PROBLEMS;
  return rest > 0 ? [...ordered.slice(0, MOST_PROBLEMS), { path: '', message: `has ${rest} more such problems: mend these first` }] : ordered;
}

/**
 * For each part of a path which of its siblings it is, as far as the path is there.
 *
 * @param indices of the keys of mappings and lists that were looked at before
 */
function placeOf(content: object, path: string, indices: Map<object, Map<string, number>>): number[] {
  const place: number[] = [];
  let node: unknown = content;
  for (const key of path.split('.')) {
    if (typeof node !== 'object' || node === null) break;
    if (!indices.has(node)) indices.set(node, new Map(Object.keys(node).map((each, index) => [each, index])));
    const index = indices.get(node)!.get(key);
    if (index === undefined) break;
    place.push(index);
    node = (node as Record<string, unknown>)[key];
  }
  return place;
}

function compare(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((number, at) => number !== other[at]);
  return index < 0 ? one.length - other.length : one[index]! - (other[index] ?? -1);
}
