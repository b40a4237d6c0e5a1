import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { outputFolder, SOURCES } from '../../lib/manifests/output-folder';
import { inTemporaryFolder } from '../testing';

const ROOT = resolve(__dirname, '../..');

/** What is refused of a folder that is written in the repository. */
function refusal(wanted: string): string | undefined {
  try {
    expect(outputFolder(wanted)).toBe(wanted);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

const DO = ': write a folder of its own, e.g. dist, or leave the variable out';

test.each([
  ['', 'is empty'], ['  ', 'is empty'], ['.', 'is the project itself'], ['./', 'is the project itself'], [ROOT, 'is the project itself'], ['dist/..', 'is the project itself'],
  ['..', 'holds the project itself'], ['../..', 'holds the project itself'], ['/', 'holds the project itself'], [dirname(ROOT), 'holds the project itself'],
  ['lib', 'is the project\'s own folder lib'], ['./lib/', 'is the project\'s own folder lib'], ['lib/manifests', 'is in the project\'s own folder lib'], ['dist/../test', 'is the project\'s own folder test'],
  ['environments', 'is the project\'s own folder environments'], ['environments/new', 'is in the project\'s own folder environments'], ['.git', 'is the project\'s own folder .git'],
  ['node_modules/.cache', 'is in the project\'s own folder node_modules'], ['.secrets', 'is the project\'s own folder .secrets'], [join(ROOT, 'docs'), 'is the project\'s own folder docs'],
])('%j is refused', (wanted, why) => {
  expect(refusal(wanted)).toBe(`CDK8S_OUTDIR=${wanted}: ${why}${DO}`);
});

test.each(['dist', './dist', 'out', 'dist/east', 'library', 'environments.d', '../elsewhere', '/tmp/out'])('%s is taken', (wanted) => {
  expect(refusal(wanted)).toBeUndefined();
});

test('a link to a folder with sources is such a folder', () => {
  inTemporaryFolder((folder) => {
    symlinkSync(join(ROOT, 'lib'), join(folder, 'out'));
    symlinkSync(ROOT, join(folder, 'project'));
    expect(refusal(join(folder, 'out'))).toContain('is the project\'s own folder lib');
    expect(refusal(join(folder, 'project'))).toContain('is the project itself');
    expect(refusal(join(folder, 'project/lib'))).toContain('is the project\'s own folder lib');
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/README.md'), 'somebody\'s');
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(refusal(join(folder, 'link'))).toBeUndefined();
  });
});

test('every folder of the project is known, except those that are made', () => {
  const made = ['.cdk8s', 'dist', 'coverage', 'test-results', 'build'];
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.filter((name) => ![...made, ...SOURCES].includes(name))).toEqual([]);
});
