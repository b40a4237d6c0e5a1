import { environmentSchema, type EnvironmentSpec } from './environment';
import { explain, pathsOf, valueAt } from './explain';
import type { Problem } from './problem';
import { rules, warnings, type Rule } from './rules';

/** What the content of an environment file says, or all its problems, those of single values and those of several. */
export function check(content: object): EnvironmentSpec | Problem[] {
  const first = environmentSchema.safeParse(content);
  if (!first.success) {
    return unique([...first.error.issues.flatMap((issue) => explain(issue, content)), ...brokenRules(rules, ...withoutFaults(content))]);
  }
  const problems = brokenRules(rules, first.data);
  return problems.length ? problems : first.data;
}

/** What an environment says that is allowed, and probably not meant. */
export function doubts(environment: EnvironmentSpec): Problem[] {
  return brokenRules(warnings, environment);
}

/** The content with each faulty value taken out, so that rules over several values can still judge the others, and what was taken out. */
function withoutFaults(content: object): [EnvironmentSpec, string[]] {
  const rest = structuredClone(content);
  const faulty: string[] = [];
  for (;;) {
    const result = environmentSchema.safeParse(rest);
    if (result.success) return [result.data, faulty];
    for (const path of result.error.issues.flatMap(pathsOf).map((path) => present(rest, path))) {
      faulty.push(path.join('.'));
      remove(rest, path);
    }
  }
}

function brokenRules(rules: readonly Rule[], environment: EnvironmentSpec, faulty: readonly string[] = []): Problem[] {
  const overlaps = (one: string, other: string) => one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
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

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}: ${problem.message}`, problem])).values()];
}
