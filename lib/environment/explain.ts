import type { z } from 'zod';
import { explainUnknownKey, meantByKey } from './explain-key';
import type { Problem } from '../kit/problem';
import { shown, shownPath } from './showing';
import { strangeCharacter } from './strange-characters';

type Issue = z.core.$ZodIssue;

/** The paths of the values, or unknown keys, that an issue is about. */
export function pathsOf(issue: Issue): readonly PropertyKey[][] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

/** The paths of what somebody may have meant by keys that are not known: what these should say is not known, either. */
export function meantBy(issue: Issue, content: object): string[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.flatMap((key) => meantByKey(key, issue.path, content)) : [];
}

/** What is wrong, in the words of the file: the value, what it must be, and for an unknown key the nearest known one. */
export function explain(issue: Issue, content: object): Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainUnknownKey(key, issue.path, content));
  const path = shownPath(issue.path);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message: `the key ${message}` }));
  const value = valueAt(content, issue.path);
  if (value === undefined) return [{ path, message: `is missing: it ${expectation(issue)}` }];
  const strange = typeof value === 'string' ? strangeCharacter(value) : undefined;
  if (strange !== undefined) return [{ path, message: `${strange}; it ${expectation(issue)}` }];
  return [{ path, message: [shown(issue, value) ?? [], expectation(issue)].flat().join(' ') }];
}

const TYPES: Record<string, string> = {
  string: 'text: put it in quotes, e.g. "mlflow"', number: 'a number: write it without quotes, e.g. 2', int: 'a whole number: write it without quotes, e.g. 2',
  boolean: 'true or false', array: 'a list: write it in [ ]', object: 'a mapping: write its keys below it, or { }', record: 'a mapping: write its keys below it, or { }',
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

export function valueAt(content: object, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], content);
}
