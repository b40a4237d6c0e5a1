import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dump, load } from 'js-yaml';
import { contents } from '../testing';
import { combinations } from './combinations';

/*
 * Renders thousands of environments by two checkouts, and says where they differ: `npm run compare -- <another checkout>`, in which the libraries
 * are installed. A change of the house must render the same, byte for byte. With --except-programs the content of the pods' programs, and the
 * hashes that follow from it, may differ.
 */

interface Rendered {
  /** What the program says of the files that it refuses. */
  readonly refusals: readonly string[];
  /** What it says of the others. */
  readonly warnings: readonly string[];
  /** File in dist to what is compared of it. */
  readonly files: ReadonlyMap<string, string>;
}

/** Renders the environments of a workspace by a checkout, without those that it refuses. */
function render(checkout: string, workspace: string): Rendered {
  const run = () => spawnSync('node', ['--import', join(checkout, 'node_modules/tsx/dist/loader.mjs'), join(checkout, 'main.ts')],
    { cwd: workspace, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const first = run();
  const refusals = first.status ? lines(first.stderr).filter((line) => !line.includes(': warning: ')) : [];
  for (const file of new Set(refusals.map((line) => line.split(':')[0]!))) rmSync(join(workspace, file));
  const { status, stderr } = first.status ? run() : first;
  if (status) throw new Error(`${checkout}: ${stderr.slice(0, 2000)}`);
  return {
    refusals,
    warnings: lines(stderr),
    files: new Map(Object.entries(contents(join(workspace, 'dist'))).map(([file, text]) => [file, compared(file, text)])),
  };
}

/** What is compared of a file. */
function compared(file: string, text: string): string {
  if (file.endsWith('.manifests') && exceptPrograms) return '';
  if (!file.endsWith('.yaml') || !exceptPrograms) return text;
  const object = load(text) as { kind: string; data?: Record<string, string> };
  const programs = Object.keys(object.kind === 'ConfigMap' ? object.data ?? {} : {}).filter((key) => key.endsWith('.py'));
  return dump({ ...object, data: object.data && { ...object.data, ...Object.fromEntries(programs.map((key) => [key, ''])) } })
    .replace(/(?<=name: mlflow-[a-z-]+-)[0-9a-f]{8}$|(?<=checksum\/inputs: ).*$/gm, 'hash');
}

const lines = (text: string) => text.split('\n').filter(Boolean).sort();

function differences<Value>(what: string, one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key)).map((key) => `${what}: ${key}`);
}

const exceptPrograms = process.argv.includes('--except-programs');
const other = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
if (other === undefined) throw new Error('name another checkout: npm run compare -- <folder>');
const [one, two] = ['one', 'other'].map((name) => join(mkdtempSync(join(tmpdir(), 'compare-')), name)) as [string, string];
mkdirSync(join(one, 'environments'), { recursive: true });
for (const [name, content] of combinations()) writeFileSync(join(one, 'environments', `${name}.yaml`), dump(content));
cpSync(one, two, { recursive: true });

const before = render(resolve(other), one);
cpSync(join(one, '.secrets'), join(two, '.secrets'), { recursive: true }); // the same passwords
const after = render(process.cwd(), two);

const told = (texts: readonly string[]) => new Map(texts.map((text) => [text, true]));
const found = [
  ...differences('file', before.files, after.files),
  ...differences('refusal', told(before.refusals), told(after.refusals)),
  ...differences('warning', told(before.warnings), told(after.warnings)),
];
const environments = new Set([...before.files.keys()].map((file) => file.split('/')[0]));
console.log(`${environments.size} environments, ${before.files.size} files, ${before.refusals.length} lines of refusal, ${before.warnings.length} warnings: `
  + `${found.length || 'no'} differences`);
for (const line of found.slice(0, 40)) console.log(line);
for (const folder of [one, two]) rmSync(join(folder, '..'), { recursive: true });
process.exitCode = found.length ? 1 : 0;
