import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { load as parseYaml, YAMLException } from 'js-yaml';
import type { z } from 'zod';
import { environmentSchema, type Environment, type EnvironmentSpec } from './environment';
import { environmentJsonSchema } from './json-schema';
import { describeProblem, InvalidEnvironments, type Problem } from './problem';
import { rules } from './rules';

/** Bytes. A real environment file has less than four thousand. */
const MAX_SIZE = 256 * 2 ** 10;

/** More YAML references than anyone writes, and fewer than a file needs to unfold into gigabytes. */
const MAX_ALIASES = 16;

const SECRET_KEY = /password|passphrase|token|credential|(secret|access|api|private|webhook|kek|flask)[-_]?.*key$|^(username|user|accessKeyId)$/i;

/**
 * Reads the environment files of a folder, in the order of their names.
 *
 * @param only names of the environments to read; default: all of them
 * @throws InvalidEnvironments with every problem of every file
 */
export function loadEnvironments(folder: string, only?: readonly string[]): Environment[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.ya?ml$/i.test(file)).sort() : [];
  const wanted = files.filter((file) => !only || only.includes(nameOf(file)));
  const lines = [
    ...(only ?? []).filter((name) => !files.some((file) => nameOf(file) === name))
      .map((name) => `${folder}: there is no environment ${name}; there are: ${files.map(nameOf).join(', ') || 'none'}`),
    ...(files.length ? [] : [`${folder}: there is no environment file: write one, e.g. ${join(folder, 'local.yaml')}`]),
  ];
  const environments = wanted.flatMap((file) => {
    const path = join(folder, file);
    const result = checkName(file, files) ?? readEnvironment(path);
    if (Array.isArray(result)) {
      lines.push(...result.map((problem) => describeProblem(path, problem)));
      return [];
    }
    return [{ name: nameOf(file), ...result }];
  });
  if (lines.length) throw new InvalidEnvironments(lines);
  return environments;
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

function checkName(file: string, files: readonly string[]): Problem[] | undefined {
  const name = nameOf(file);
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    return [{ path: '', message: 'the file\'s name is the environment\'s: rename it to lower-case letters, digits and "-", e.g. staging.yaml' }];
  }
  const twin = files.find((other) => other !== file && nameOf(other).toLowerCase() === name);
  return twin ? [{ path: '', message: `${twin} would be rendered to the same folder, dist/${name}: rename one of them` }] : undefined;
}

/** What one file says, or its problems. */
export function readEnvironment(path: string): EnvironmentSpec | Problem[] {
  try {
    const { size } = statSync(path);
    if (size > MAX_SIZE) return [{ path: '', message: `has ${size} bytes, more than the ${MAX_SIZE} that an environment file may have` }];
    return parseEnvironment(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return [{ path: '', message: `cannot be read (${code}): make it a file, or remove it` }];
  }
}

const EMPTY: Problem[] = [{ path: '', message: 'is empty: write at least profile: local' }];

/** What the text of an environment file says, or its problems. */
export function parseEnvironment(text: string): EnvironmentSpec | Problem[] {
  let content: unknown;
  try {
    content = text.trim() === '' ? undefined : parseYaml(text, { maxAliases: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason.includes('input is empty')) return EMPTY; // nothing but comments
    const { line, column } = error.mark ?? { line: 0, column: 0 };
    return [{ path: '', message: `line ${line + 1}, column ${column + 1}: is not YAML: ${error.reason}` }];
  }
  if (content === undefined || content === null) return EMPTY;
  if (typeof content !== 'object' || Array.isArray(content)) return [{ path: '', message: 'must be a mapping: write e.g. profile: local' }];
  return check(content);
}

function check(content: object): EnvironmentSpec | Problem[] {
  const first = environmentSchema.safeParse(content);
  const issues = first.success ? [] : first.error.issues;
  const problems = [
    ...issues.flatMap((issue) => explain(issue, content)),
    ...brokenRules(...withoutFaults(content)),
  ];
  return first.success && !problems.length ? first.data : unique(problems);
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

function brokenRules(environment: EnvironmentSpec, faulty: readonly string[]): Problem[] {
  const overlaps = (one: string, other: string) => one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
  return rules
    .filter(({ reads }) => !reads.some((path) => faulty.some((bad) => overlaps(path, bad))))
    .flatMap(({ path, problem }) => {
      const message = problem(environment);
      return message ? [{ path, message }] : [];
    });
}

type Issue = z.core.$ZodIssue;

/** The paths of the values, or unknown keys, that an issue is about. */
function pathsOf(issue: Issue): readonly PropertyKey[][] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

function explain(issue: Issue, content: object): Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(key, issue.path, content));
  const path = issue.path.join('.');
  const value = valueAt(content, issue.path);
  if (value === undefined) return [{ path, message: `is missing: it ${expectation(issue)}` }];
  return [{ path, message: `${mayShow(path, value) ? `${show(value)} ` : ''}${expectation(issue)}` }];
}

const TYPES: Record<string, string> = {
  string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a mapping', record: 'a mapping',
};

function expectation(issue: Issue): string {
  if (issue.message.startsWith('must') || issue.message.startsWith('has')) return issue.message;
  switch (issue.code) {
    case 'invalid_type': return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value': return `must be ${issue.values.map(String).join(', ').replace(/, ([^,]*)$/, ' or $1')}`;
    case 'too_small': return `must be ${issue.minimum} or more`;
    case 'too_big': return `must be ${issue.maximum} or less`;
    default: return `must be otherwise: ${issue.message}`;
  }
}

function explainKey(key: string, at: readonly PropertyKey[], content: object): Problem {
  const path = [...at, key].join('.');
  if (SECRET_KEY.test(key)) {
    return { path, message: 'is a secret, or part of one, and must not be in an environment file: put it into a Secret and name that Secret here' };
  }
  const known = keysAt(at, content);
  const near = known.length ? closest(key, known) : undefined;
  return { path, message: `is not known${near ? `: did you mean ${near}? There ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}` : ''}` };
}

/** The keys that the schema knows at a path, of a union those of the branch that the content chose. */
function keysAt(path: readonly PropertyKey[], content: object): string[] {
  let node: JsonSchema | undefined = environmentJsonSchema();
  let value: unknown = content;
  const branch = (schema: JsonSchema | undefined): JsonSchema | undefined => {
    const branches = schema?.oneOf ?? schema?.anyOf;
    return branches?.find(({ properties }) => Object.entries(properties ?? {})
      .some(([key, { const: constant }]) => constant !== undefined && (value as Record<string, unknown> | undefined)?.[key] === constant)) ?? schema;
  };
  for (const key of path) {
    node = branch(node)?.properties?.[String(key)];
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  return Object.keys(branch(node)?.properties ?? {});
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly oneOf?: JsonSchema[];
  readonly anyOf?: JsonSchema[];
  readonly const?: unknown;
}

function valueAt(content: object, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], content);
}

/** The path itself or, where it leads to nothing, to a missing value for one, the part of it that is there. */
function present(content: object, path: readonly PropertyKey[]): readonly PropertyKey[] {
  return valueAt(content, path) === undefined ? present(content, path.slice(0, -1)) : path;
}

function remove(content: object, path: readonly PropertyKey[]): void {
  const parent = valueAt(content, path.slice(0, -1));
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, path.at(-1)!);
}

/** Whether a faulty value may be printed: not where somebody may have written a password, in it or within it. */
function mayShow(path: string, value: unknown): boolean {
  if (/secret/i.test(path) || (typeof value === 'object' && value !== null && Object.keys(value).length > 0)) return false;
  return !(typeof value === 'string' && /@|^(?!https?:)[^:]+:\/\//.test(value));
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}: ${problem.message}`, problem])).values()];
}
