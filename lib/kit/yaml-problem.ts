import type { YAMLException } from 'js-yaml';

/**
 * Where a text is no YAML, and why. Never with a part of the text, which may be a password: one that begins with `!`, `&` or `*` is a tag,
 * an anchor or an alias to YAML, and js-yaml tells which.
 */
export function yamlProblem({ reason, mark }: YAMLException): string {
  const { line, column } = mark ?? { line: 0, column: 0 };
  const told = reason.replace(/\s*(!<|"|: )[^]*$/, '');
  const hint = told === reason ? '' : ': put a value that begins with !, & or * in quotes';
  return `line ${line + 1}, column ${column + 1}: is not YAML: ${told}${hint}`;
}
