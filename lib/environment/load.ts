import { join } from 'node:path';
import { load as parseYaml, YAMLException } from 'js-yaml';
import { yamlProblem } from '../kit/yaml-problem';
import { check, doubts } from './check';
import { shared, type EnvironmentFile } from './claims';
import type { EnvironmentSpec, LoadedEnvironment } from '../features/environment';
import { environmentFiles, nameOf, readText } from './files';
import { describeProblem, InvalidEnvironments, type Problem } from '../kit/problem';

/** More YAML references than anyone writes, and fewer than a file needs to unfold into gigabytes. */
const MAX_ALIASES = 16;

/**
 * Reads the environment files of a folder, in the order of their names. Those that are not asked for are compared with the others.
 *
 * @param only names of the environments to read; default: all of them
 * @param warn is told what is allowed and probably not meant, a line each
 * @throws InvalidEnvironments with every problem of every file
 */
export function loadEnvironments(folder: string, only?: readonly string[], warn: (line: string) => void = console.warn): LoadedEnvironment[] {
  const files = environmentFiles(folder);
  const isWanted = (file: string) => !only || only.includes(nameOf(file));
  const lines = (only ?? []).filter((name) => !files.some((file) => nameOf(file) === name))
    .map((name) => `${folder}: there is no environment ${name}; there are: ${files.map(nameOf).join(', ')}`);
  const right: EnvironmentFile[] = [];
  for (const file of files) {
    const path = join(folder, file);
    const result = checkName(file, files) ?? readEnvironment(path);
    if (!Array.isArray(result)) right.push({ file: path, environment: result });
    else if (isWanted(file)) lines.push(...result.map((problem) => describeProblem(path, problem)));
  }
  const wanted = right.filter(({ file }) => isWanted(file));
  const warning = (file: string, { path, message }: Problem) => describeProblem(file, { path, message: `warning: ${message}` });
  for (const { file, environment } of wanted) for (const doubt of doubts(environment)) warn(warning(file, doubt));
  for (const { file, problem, allowed } of shared(right).filter((each) => isWanted(each.file))) {
    if (allowed) warn(warning(file, problem));
    else lines.push(describeProblem(file, problem));
  }
  if (lines.length) throw new InvalidEnvironments(lines);
  return wanted.map(({ file, environment }) => ({ name: nameOf(file), file, ...environment }));
}

function checkName(file: string, files: readonly string[]): Problem[] | undefined {
  const name = nameOf(file);
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    return [{ path: '', message: 'the file\'s name is the environment\'s: rename it to lower-case letters, digits and "-", e.g. staging.yaml, or remove it' }];
  }
  const twin = files.find((other) => other !== file && nameOf(other).toLowerCase() === name);
  return twin ? [{ path: '', message: `${twin} would be rendered to the same folder, dist/${name}: rename one of them` }] : undefined;
}

/** What one file says, or its problems. */
export function readEnvironment(path: string): EnvironmentSpec | Problem[] {
  const read = readText(path);
  return 'text' in read ? parseEnvironment(read.text) : [{ path: '', message: read.problem }];
}

const EMPTY: Problem[] = [{ path: '', message: 'is empty: write at least profile: local' }];

/** What the text of an environment file says, or its problems. */
export function parseEnvironment(text: string): EnvironmentSpec | Problem[] {
  let content: unknown;
  try {
    content = text.trim() === '' ? undefined : parseYaml(text, { maxAliases: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return error.reason.includes('input is empty') ? EMPTY : [{ path: '', message: yamlProblem(error) }]; // nothing but comments
  }
  if (content === undefined || content === null) return EMPTY;
  if (typeof content !== 'object' || Array.isArray(content)) return [{ path: '', message: 'must be a mapping: write e.g. profile: local' }];
  return check(content);
}
