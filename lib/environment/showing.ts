/*
 * What of a faulty file may be printed. People paste a whole connection string where a host belongs, or a password where a name does, and
 * what is printed ends in the logs of pipelines: so only what can hardly be a secret is shown.
 */

/** Letters, digits and what names, addresses, quantities and lists are made of: nothing that passwords or connection strings need. */
const PLAIN = /^[\p{L}\p{N}_ .,:*/+-]*$/u;

/** What passwords are called, in strings that hold them. */
const NAME_OF_SECRET = /pass|pwd|secret|token/i;

/** Capitals, small letters and digits in one word: a name has not all three. */
const MIXED = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)\w{6,}$/;

/** A colon that is none of `http://` or before a port: `user:password`. */
const COLON = /:(?!\d{1,5}(\/|$))(?!\/\/)/;

/** An address or network of IPv6, whose colons are between numbers. */
const IPV6 = /^[\da-f]{0,4}(:[\da-f.]*)+(\/\d+)?$/i;

/** Whether a faulty value may be printed: not where somebody may have written a secret, in it or within it. */
export function mayShow(path: readonly PropertyKey[], value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  if (path.some((part) => /secret|key|token|password/i.test(String(part)))) return false;
  return typeof value !== 'string' || isHarmless(value);
}

function isHarmless(text: string): boolean {
  if (IPV6.test(text)) return true;
  const [, scheme, rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^]*)$/.exec(text) ?? [];
  const isUrl = scheme !== undefined;
  return (!isUrl || /^https?$/.test(scheme)) && PLAIN.test(rest) && !COLON.test(rest) && text.split(' ').length < 4
    && !NAME_OF_SECRET.test(text) && !MIXED.test(text) && !holdsDrawn(rest, isUrl ? /[A-Za-z0-9_+-]+/g : /[A-Za-z0-9_+/-]+/g);
}

/** Whether some of the words are so long, and of letters and digits, that they may be drawn by lot: a key or token. */
function holdsDrawn(text: string, words: RegExp): boolean {
  return (text.match(words) ?? []).some((word) => word.length >= 20 && /\d/.test(word) && /[A-Za-z]/.test(word));
}

/** Where something is in a file. What looks like no key of anybody's is not told. */
export function shownPath(path: readonly PropertyKey[]): string {
  const isKey = (part: string) => /^[\w./-]{1,80}$/.test(part) && !holdsDrawn(part, /\w+/g);
  return path.map((part) => typeof part !== 'string' || isKey(part) ? String(part) : '…').join('.');
}
