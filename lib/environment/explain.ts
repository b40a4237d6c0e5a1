import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { environmentJsonSchema } from './json-schema';
import type { Problem } from './problem';

type Issue = z.core.$ZodIssue;

const SECRET_KEY = /password|passphrase|token|credential|(secret|access|api|private|webhook|kek|flask)[-_]?.*key$|^client_?secret$|^(username|user|accessKeyId)$/i;

/** The paths of the values, or unknown keys, that an issue is about. */
export function pathsOf(issue: Issue): readonly PropertyKey[][] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

/** What is wrong, in the words of the file: the value, what it must be, and for an unknown key the nearest known one. */
export function explain(issue: Issue, content: object): Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(key, issue.path, content));
  const path = issue.path.join('.');
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message: `the key ${message}` }));
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
  const { chosen, branches } = schemaAt(at, content);
  const other = branches.find((branch) => branch !== chosen && branch.properties?.[key]);
  if (other) return { path, message: `belongs to ${choice(other)}, and this is ${choice(chosen)}: remove one of the two` };
  const known = Object.keys(chosen?.properties ?? {});
  const near = known.length ? closest(key, known) : undefined;
  return { path, message: `is not known${near ? `: did you mean ${near}? There ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}` : ''}` };
}

/** The schema at a path; of a union its branches, and the one that the content chose. */
function schemaAt(path: readonly PropertyKey[], content: object): { readonly chosen?: JsonSchema; readonly branches: readonly JsonSchema[] } {
  let node: JsonSchema | undefined = environmentJsonSchema();
  let value: unknown = content;
  const chosen = () => branchesOf(node).find(({ properties }) => Object.entries(properties ?? {})
    .some(([key, { const: constant }]) => constant !== undefined && (value as Record<string, unknown> | undefined)?.[key] === constant)) ?? node;
  for (const key of path) {
    node = chosen()?.properties?.[String(key)];
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  return { chosen: chosen(), branches: branchesOf(node) };
}

function branchesOf(schema: JsonSchema | undefined): readonly JsonSchema[] {
  return schema?.oneOf ?? schema?.anyOf ?? [];
}

/** By which key and value a branch of a union is chosen. */
function choice(branch: JsonSchema | undefined): string {
  const [key, { const: value }] = Object.entries(branch?.properties ?? {}).find(([, { const: constant }]) => constant !== undefined) ?? ['', {}];
  return `${key}: ${String(value)}`;
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly oneOf?: JsonSchema[];
  readonly anyOf?: JsonSchema[];
  readonly const?: unknown;
}

export function valueAt(content: object, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], content);
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
