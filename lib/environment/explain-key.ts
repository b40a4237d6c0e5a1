import { distance } from 'fastest-levenshtein';
import { environmentJsonSchema } from './json-schema';
import type { Problem } from '../kit/problem';
import { shownPath } from './showing';
import { strangeCharacter } from './strange-characters';

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>;
  readonly oneOf?: JsonSchema[];
  readonly anyOf?: JsonSchema[];
  readonly const?: unknown;
}

const SECRET = 'password|passphrase|token|credential|(secret|access|api|private|webhook|kek|flask)[-_]?.*key|^client_?secret|^(username|user|accessKeyId)';
const SECRET_KEY = new RegExp(`(${SECRET})$`, 'i');
const KEY_OF_SECRET = new RegExp(`(${SECRET})[-_]?key$`, 'i');

/** What is wrong with a key that nobody reads there: where it belongs, or the nearest that is read. */
export function explainUnknownKey(key: string, at: readonly PropertyKey[], content: object): Problem {
  const path = shownPath([...at, key]);
  const strange = strangeCharacter(key);
  if (strange !== undefined) return { path, message: `is a key that ${strange}` };
  if (KEY_OF_SECRET.test(key)) return { path, message: 'is not known: the keys of each Secret have fixed names, which docs/reference.md lists; copy the Secret with these' };
  if (SECRET_KEY.test(key)) {
    return { path, message: 'is a secret, or part of one, and must not be in an environment file: put it into a Secret and name that Secret here' };
  }
  const { chosen, branches } = schemaAt(at, content);
  const other = branches.find((branch) => branch !== chosen && has(branch, key));
  if (other) return { path, message: `belongs to ${choice(other)}, and this is ${choice(chosen)}: remove one of the two` };
  const known = Object.keys(chosen?.properties ?? {});
  const near = nearest(key, known);
  const elsewhere = near === undefined ? placesOf(key) : [];
  const hint = near !== undefined ? `: did you mean ${near}?` : elsewhere.length ? ` here: did you mean ${elsewhere.join(' or ')}?` : known.length ? ':' : '';
  return { path, message: `is not known${hint}${known.length ? ` ${near === undefined && !elsewhere.length ? 'there' : 'There'} ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}` : ''}` };
}

/** The paths of what somebody may have meant by a key that nobody reads there. */
export function meantByKey(key: string, at: readonly PropertyKey[], content: object): string[] {
  const near = nearest(key, Object.keys(schemaAt(at, content).chosen?.properties ?? {}));
  return near === undefined ? placesOf(key) : [[...at, near].join('.')];
}

/** The known key that somebody may have meant: the same except its writing, or with a letter in three wrong at most. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const away = (other: string) => distance(plain(key), plain(other));
  const [first] = [...known].sort((a, b) => away(a) - away(b));
  return first !== undefined && away(first) <= Math.floor(Math.max(plain(key).length, 3) / 3) ? first : undefined;
}

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '');
}

let known: readonly string[] | undefined;

/** Every place that is read. */
function allPlaces(): readonly string[] {
  const places = (schema: JsonSchema, at: string): string[] => Object.entries(schema.properties ?? {})
    .flatMap(([name, below]) => [`${at}${name}`, ...places(below, `${at}${name}.`)])
    .concat(branchesOf(schema).flatMap((branch) => places(branch, at)));
  known ??= [...new Set(places(environmentJsonSchema(), ''))];
  return known;
}

/** More places than that are no hint. */
const MOST_PLACES = 3;

/** Where in the file a key of that name is read. */
function placesOf(key: string): string[] {
  const found = allPlaces().filter((place) => plain(place.replace(/^.*\./, '')) === plain(key));
  return found.length > MOST_PLACES ? [] : found;
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

function has({ properties }: JsonSchema, key: string): boolean {
  return properties !== undefined && Object.hasOwn(properties, key);
}

/** The key and value that choose a branch of a union. */
function choice(branch: JsonSchema | undefined): string {
  const [key, { const: value }] = Object.entries(branch?.properties ?? {}).find(([, { const: constant }]) => constant !== undefined) ?? ['', {}];
  return `${key}: ${String(value)}`;
}
