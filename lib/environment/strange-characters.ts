/** Invisible ones, and others than those of ASCII. A line end may be at the end of a text that was written below its key. */
const STRANGE = /[^\x20-\x7e]/u;

/** Which character of a text is invisible, or only looks like the right one, where it is and what to do; or undefined. */
export function strangeCharacter(text: string): string | undefined {
  const at = text.search(STRANGE);
  if (at < 0) return undefined;
  const character = String.fromCodePoint(text.codePointAt(at)!);
  const code = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  return `holds ${code} at character ${at + 1}: ${remedy(character)}`;
}

function remedy(character: string): string {
  if (character === '\n' || character === '\r') return 'a line end; write it in one line, without |';
  if (/[\u2018-\u201f\u00ab\u00bb]/.test(character)) return 'write plain quotes, or none';
  return /[\p{C}\p{Z}]/u.test(character) ? 'delete it' : 'write a plain letter, digit or "-" instead';
}
