import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFiles } from '../../lib/environment/files';
import { readEnvironment } from '../../lib/environment/load';
import { inTemporaryFolder } from '../testing';

/** The message about what `make` puts at environments/x.yaml, or undefined. */
function problemOf(make: (path: string) => void): string | undefined {
  return inTemporaryFolder((folder) => {
    make(join(folder, 'x.yaml'));
    const result = readEnvironment(join(folder, 'x.yaml'));
    return Array.isArray(result) ? result.map(({ message }) => message).join('\n') : undefined;
  });
}

test.each([
  '._local.yaml', '.local.yaml', '.#local.yaml', '#local.yaml#', '.local.yaml.swp', '.local.yaml.un~', 'local.yaml~', 'local.yaml.bak', 'local.yaml.orig', '~$local.yaml', '.DS_Store',
  '.nfs0000000001.yaml', '.fuse_hidden0001.yaml', '.~lock.local.yaml#', '.goutputstream-X.yaml', '4913', 'schema.json', 'README.md',
])('what editors, macOS and network disks keep next to a file is no environment: %s', (name) => {
  inTemporaryFolder((folder) => {
    for (const file of [name, 'local.yaml', 'a.yml', 'B.YAML']) writeFileSync(join(folder, file), 'profile: local');
    expect(environmentFiles(folder)).toEqual(['B.YAML', 'a.yml', 'local.yaml']);
  });
});

test('a link of an editor that leads to nothing is no environment', () => {
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'local.yaml'), 'profile: local');
    symlinkSync('me@host.1234', join(folder, '.#local.yaml'));
    expect(environmentFiles(folder)).toEqual(['local.yaml']);
  });
});

describe('a file that cannot be read is told so, and why:', () => {
  test.each<[string, (path: string) => void, string]>([
    ['a folder', (path) => { mkdirSync(path); }, 'is no file: make it one, or remove it'],
    ['a pipe', (path) => { execFileSync('mkfifo', [path]); }, 'is no file: make it one, or remove it'],
    ['a device', (path) => { symlinkSync('/dev/zero', path); }, 'is no file: make it one, or remove it'],
    ['a link to nothing', (path) => { symlinkSync('nowhere', path); }, 'cannot be read: it is not there, or is a link that leads to nothing (ENOENT): make it, or remove the link'],
    ['a link to itself', (path) => { symlinkSync('x.yaml', path); }, 'cannot be read: links lead in a circle (ELOOP): remove them'],
    ['UTF-16, as Notepad writes it', (path) => { writeFileSync(path, Buffer.from('\ufeffprofile: local', 'utf16le')); }, 'is not UTF-8: save it as such'],
    ['Latin-1', (path) => { writeFileSync(path, Buffer.from('# für uns\nprofile: local', 'latin1')); }, 'is not UTF-8: save it as such'],
    ['a program', (path) => { writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0])); }, 'line 1, column 5: is not YAML: null byte is not allowed in input'],
  ])('%s', (_what, make, message) => {
    expect(problemOf(make)).toBe(message);
  });

  test('and one that begins with a mark of its order of bytes, as Windows writes it, can', () => {
    expect(problemOf((path) => { writeFileSync(path, '\ufeffprofile: local\r\n'); })).toBeUndefined();
  });
});

test('a file where the folder should be is told so', () => {
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'environments'), '');
    expect(() => environmentFiles(join(folder, 'environments')))
      .toThrow(`${folder}/environments: a file is where a folder must be (ENOTDIR): move the file away, and run this again`);
  });
});
