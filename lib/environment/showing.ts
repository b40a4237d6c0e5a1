import { distance } from 'fastest-levenshtein';
import ipaddr from 'ipaddr.js';
import type { z } from 'zod';

/*
 * What of a faulty file may be printed. People paste a whole connection string where a host belongs, or a password where a name does, and
 * what is printed ends in the logs of pipelines. No form tells a password from a name: so only what is certainly no secret is shown, and
 * of everything else the path says enough.
 */

/** Of few digits: longer ones may be passwords, too. */
const NUMBER = /^-?\d{1,5}(\.\d{1,4})?$/;
const QUANTITY = /^-?\d{1,5}(\.\d{1,4})? ?([kmgtpe]i?b?|b|bytes|cores?|cpus?)?$/i;
const RELEASE = /^v?\d{1,2}(\.\d{1,2}){0,3}$/;
const IPV4 = /^(https?:\/\/)?\d{1,3}(\.\d{1,3}){1,3}(:\d{1,5})?(\/\d{0,2})?$/;

/** A scheme and the name of a host, and whether a port, path or query follows. */
const HOST = /^(https?:\/\/)?((?:[\w-]{1,40}\.){2,}([A-Za-z]{2,8}))(?::\d{1,5})?($|[/?#])/;
/** Of small letters or of capitals: with both in it, it may be drawn by lot. */
const LABEL = /^([A-Z]?[^A-Z]*|[^a-z]*)$/;
/** Of names that servers have, other than the names of countries. */
const ENDINGS = /^(com|net|org|edu|gov|info|cloud|dev|app|local|lan|internal|corp|svc|[a-z]{2})$/i;

const PLACES = ['host', 'hosts', 'endpoint', 'issuer', 'keysUrl', 'teamDomain', 'clusterDomain'];

/** The forms of what is shown, and the keys of the values that may have them. */
const FORMS: readonly { readonly keys: readonly string[]; readonly is: (text: string) => boolean }[] = [
  { keys: ['cpu', 'memory', 'storage', 'temporaryStorage', 'maxRequestSize', 'maxBodySize'], is: (text) => QUANTITY.test(text) },
  { keys: ['version'], is: (text) => RELEASE.test(text) },
  { keys: [...PLACES, 'cidrs'], is: (text) => IPV4.test(text) || ipaddr.IPv6.isValid(text.replace(/\/\d{1,3}$/, '')) },
];

/** A faulty value as it may be printed, or undefined where it may be a secret, or hold one. */
export function shown(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Object.keys(value).length)) return JSON.stringify(value);
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  const key = String(issue.path.filter((part) => typeof part === 'string').at(-1));
  const isHarmless = (wantsNumber(issue) && NUMBER.test(text)) || isNearlyOneOf(wordsOf(issue), text)
    || FORMS.some(({ keys, is }) => keys.includes(key) && is(text));
  if (isHarmless) return JSON.stringify(value);
  return PLACES.includes(key) ? shownHost(text) : undefined;
}

function wantsNumber(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' ? ['number', 'int'].includes(issue.expected)
    : (issue.code === 'too_small' || issue.code === 'too_big') && ['number', 'int'].includes(issue.origin);
}

/** The words that are wanted, one of them. */
function wordsOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_type' && issue.expected === 'boolean') return ['true', 'false', 'yes', 'no', 'on', 'off'];
  const words = issue.code === 'invalid_value' ? issue.values : issue.code === 'invalid_union' && 'options' in issue ? issue.options ?? [] : [];
  return words.map(String);
}

function isNearlyOneOf(words: readonly string[], text: string): boolean {
  return words.some((word) => distance(word.toLowerCase(), text.toLowerCase()) <= Math.min(2, Math.floor(word.length / 2)));
}

/** Of what has a host in front its scheme and host: user, path and query may hold keys. */
function shownHost(text: string): string | undefined {
  const [, scheme = '', host = '', ending = ''] = HOST.exec(text) ?? [];
  if (!ENDINGS.test(ending) || text.includes('@') || !host.split('.').every((label) => LABEL.test(label)) || holdsDrawn(host)) return undefined;
  return JSON.stringify(scheme + host + (scheme + host === text ? '' : '…'));
}

/** Whether some of the words are so long, and of letters and digits, that they may be drawn by lot: a key or token. */
function holdsDrawn(text: string): boolean {
  return (text.match(/\w+/g) ?? []).some((word) => word.length >= 20 && /\d/.test(word) && /[A-Za-z]/.test(word));
}

/** Where something is in a file. What looks like no key of anybody's is not told. */
export function shownPath(path: readonly PropertyKey[]): string {
  const isKey = (part: string) => /^[\w./-]{1,80}$/.test(part) && !holdsDrawn(part);
  return path.map((part) => typeof part !== 'string' || isKey(part) ? String(part) : '…').join('.');
}
