import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { load as parseYaml, YAMLException } from 'js-yaml';
import { check, doubts } from './check';
import type { Environment, EnvironmentSpec } from './environment';
import { describeProblem, InvalidEnvironments, type Problem } from './problem';

/** Bytes. A real environment file has less than four thousand. */
const MAX_SIZE = 256 * 2 ** 10;

/** More YAML references than anyone writes, and fewer than a file needs to unfold into gigabytes. */
const MAX_ALIASES = 16;

/**
 * Reads the environment files of a folder, in the order of their names.
 *
 * @param only names of the environments to read; default: all of them
 * @param warn is told what is allowed and probably not meant, a line each
 * @throws InvalidEnvironments with every problem of every file
 */
export function loadEnvironments(folder: string, only?: readonly string[], warn: (line: string) => void = console.warn): Environment[] {
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
    for (const { path: place, message } of doubts(result)) warn(describeProblem(path, { path: place, message: `warning: ${message}` }));
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
