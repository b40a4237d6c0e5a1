import { chmodSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import type { Environment } from '../features/environment';
import { InvalidEnvironments } from '../kit/problem';
import { PRIVATE, stagedPath, type StagedFiles } from '../kit/files/staged-files';
import { fileTrouble } from '../kit/files/trouble';
import { yamlProblem } from '../kit/yaml-problem';
import type { Generator, SecretValues } from '../kit/secrets/secret-use';
import { secretUses } from '../features/secret-uses';

/** What people may have made of the file: name to key to value. A line end at the end of a value, as editors add it, is none of it. */
const secretsFile = z.record(z.string(), z.record(z.string(), z.string('must be text: put it in quotes').transform((text) => text.replace(/(\r?\n)+$/, ''))));

/** Where the file says where the environment is, so that one that gets another name is noticed: its new passwords would fit nothing. */
const PLACE = 'environment';

/** The Secrets of a local environment that this program makes. */
export interface GeneratedSecrets {
  /** Name in the cluster to key to value. */
  readonly values: SecretValues;
  /** Whether there is something to keep. */
  readonly isNew: boolean;
  /** Keeps the values, in a file that only its owner can read. */
  readonly keep: (staged: StagedFiles) => void;
}

/**
 * The values of the Secrets that this program makes for an environment: made at the first synthesis, kept in
 * `<folder>/<environment>.yaml`, and used again from then on. Edit the file to choose a value; delete it, or a line of it, for new ones.
 *
 * @throws InvalidEnvironments when the file was edited and is no longer right
 */
export function generatedSecrets(folder: string, environment: Environment): GeneratedSecrets {
  const file = join(folder, `${environment.name}.yaml`);
  const kept = read(file);
  const made = secretUses(environment).flatMap(({ name, maker }) => typeof maker === 'object' ? [{ name, maker }] : []);
  const all: SecretValues = { ...kept, ...Object.fromEntries(made.map(({ maker }) => [maker.keptAs, complete(maker, kept?.[maker.keptAs])])) };
  const { namespace: { name: namespace }, cluster } = environment;
  if (made.length) all[PLACE] = { namespace, ...cluster === undefined ? {} : { cluster } };
  const wrong = made.flatMap(({ maker }) => problemsOf(maker, all[maker.keptAs]!));
  if (wrong.length) throw new InvalidEnvironments(wrong.map((problem) => `${file}: ${problem}`));
  const isLeftOver = lstatSync(stagedPath(file), { throwIfNoEntry: false }) !== undefined; // by a run that was killed: to write again removes it
  const isNew = isLeftOver || JSON.stringify(all) !== JSON.stringify(kept ?? {});
  return {
    values: Object.fromEntries(made.map(({ name, maker }) => [name, all[maker.keptAs]!])),
    isNew,
    keep: (staged) => {
      if (isNew) staged.write(isLink(file) ? realpathSync(file) : file, `# Secrets of the environment ${environment.name}. Never commit this file.\n${dump(all)}`, PRIVATE);
      else if (kept && (statSync(file).mode & 0o077)) chmodSync(file, PRIVATE);
    },
  };
}

/** Where the passwords of a file were used last, or undefined where that does not tell. */
export function keptPlace(file: string): { readonly namespace: string; readonly cluster?: string } | undefined {
  try {
    const { namespace, cluster } = read(file)?.[PLACE] ?? {};
    return namespace === undefined ? undefined : { namespace, cluster };
  } catch {
    return undefined; // told where the file is used
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** All the values of a Secret, those that are kept and those that are made. */
function complete({ values }: Generator, kept: Record<string, string> = {}): Record<string, string> {
  return { ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, kept[key] ?? (typeof value === 'string' ? value : value())])), ...kept };
}

/** Never with a value itself. */
function problemsOf({ keptAs, problems = {} }: Generator, values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const problem = (Object.hasOwn(problems, key) ? problems[key]?.(value) : undefined) ?? (value === '' ? 'is empty: write a value' : undefined);
    return problem ? [`${keptAs}.${key}: ${problem}, or remove the line for a new one`] : [];
  });
}

/** What is kept, or undefined where there is no file. */
function read(file: string): SecretValues | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    return text.trim() ? secretsFile.parse(load(text)) : {};
  } catch (error) {
    if (error instanceof YAMLException) throw new InvalidEnvironments([`${file}: ${yamlProblem(error)}: mend it, or delete the file for new secrets`]);
    if (error instanceof z.ZodError) throw new InvalidEnvironments(error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`));
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !lstatSync(file, { throwIfNoEntry: false })) return undefined;
    throw fileTrouble(error, file) ?? error;
  }
}
