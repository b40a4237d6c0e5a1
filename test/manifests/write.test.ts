import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../lib/manifests/manifest';
import { writeManifests } from '../../lib/manifests/write';
import { inTemporaryFolder } from '../testing';

function manifest(file: string, yaml = 'kind: Thing\n'): Manifest {
  return { file, yaml, object: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' } } };
}

function inOutputFolder(use: (folder: string) => void): void {
  inTemporaryFolder((parent) => {
    use(join(parent, 'dist', 'test'));
  });
}

function modes(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, (statSync(join(folder, file)).mode & 0o777).toString(8)]));
}

test('makes the folder and writes a file for each manifest', () => {
  inOutputFolder((folder) => {
    writeManifests(folder, [manifest('10-a.yaml'), manifest('11-b.yaml', 'kind: Other\n')], false);
    expect(modes(folder)).toEqual({ '10-a.yaml': '644', '11-b.yaml': '644' });
    expect(readFileSync(join(folder, '11-b.yaml'), 'utf8')).toBe('kind: Other\n');
  });
});

test('overwrites what was there, and removes what is rendered no more, even folders', () => {
  inOutputFolder((folder) => {
    mkdirSync(join(folder, 'old'), { recursive: true });
    for (const file of ['10-a.yaml', '11-old.yaml', 'old/12-older.yaml']) writeFileSync(join(folder, file), 'old');
    writeManifests(folder, [manifest('10-a.yaml')], false);
    expect(readdirSync(folder)).toEqual(['10-a.yaml']);
    expect(readFileSync(join(folder, '10-a.yaml'), 'utf8')).toBe('kind: Thing\n');
  });
});

test('leaves the folders of other environments alone', () => {
  inOutputFolder((folder) => {
    const other = join(folder, '../other');
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, '10-a.yaml'), 'other');
    writeManifests(folder, [manifest('10-a.yaml')], false);
    expect(readFileSync(join(other, '10-a.yaml'), 'utf8')).toBe('other');
  });
});

test('with secrets: Git ignores the folder, and only its owner can read the files', () => {
  inOutputFolder((folder) => {
    writeManifests(folder, [manifest('11-secret.yaml')], true);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
    expect(modes(folder)).toEqual({ '.gitignore': '600', '11-secret.yaml': '600' });
  });
});

test('Git ignores the folder no more once its manifests hold no secrets', () => {
  inOutputFolder((folder) => {
    writeManifests(folder, [manifest('11-secret.yaml')], true);
    writeManifests(folder, [manifest('10-a.yaml')], false);
    expect(readdirSync(folder)).toEqual(['10-a.yaml']);
  });
});
