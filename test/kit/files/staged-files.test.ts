import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stagedPath, StagedFiles } from '../../../lib/kit/files/staged-files';
import { contents, inTemporaryFolder } from '../../testing';

function inFolder(use: (folder: string, staged: StagedFiles) => void): void {
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'old'), 'old');
    use(folder, new StagedFiles());
  });
}

test('nothing that others read changes before all is written', () => {
  inFolder((folder, staged) => {
    staged.write(join(folder, 'old'), 'new', 0o644);
    staged.write(join(folder, 'another'), 'new', 0o644);
    staged.remove(join(folder, 'old-too'));
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('old');
    expect(existsSync(join(folder, 'another'))).toBe(false);
    staged.commit();
    expect(contents(folder)).toEqual({ old: 'new', another: 'new' });
  });
});

test('forgotten, everything is as it was, and folders that were made are gone', () => {
  inFolder((folder, staged) => {
    staged.folder(join(folder, 'a/b/c'));
    staged.writeAhead(join(folder, 'a/b/.gitignore'), '*', 0o600);
    staged.write(join(folder, 'a/b/c/new'), 'new', 0o644);
    staged.write(join(folder, 'old'), 'new', 0o644);
    staged.remove(join(folder, 'old'));
    staged.discard();
    expect(contents(folder)).toEqual({ old: 'old' });
    expect(readdirSync(folder)).toEqual(['old']);
  });
});

test('a file has its mode before its first byte', () => {
  inFolder((folder, staged) => {
    staged.write(join(folder, 'secret'), 'secret', 0o600);
    expect(statSync(stagedPath(join(folder, 'secret'))).mode & 0o777).toBe(0o600);
    staged.commit();
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
  });
});

test('what a killed run left is no obstacle, and a link in its place is not followed', () => {
  inFolder((folder, staged) => {
    writeFileSync(stagedPath(join(folder, 'one')), 'half');
    symlinkSync(join(folder, 'old'), stagedPath(join(folder, 'two')));
    for (const file of ['one', 'two']) staged.write(join(folder, file), 'new', 0o644);
    staged.commit();
    expect(contents(folder)).toEqual({ old: 'old', one: 'new', two: 'new' });
  });
});

test('a link in the place of a file is replaced, and what it leads to stays', () => {
  inFolder((folder, staged) => {
    symlinkSync(join(folder, 'old'), join(folder, 'link'));
    staged.write(join(folder, 'link'), 'new', 0o644);
    staged.commit();
    expect(contents(folder)).toEqual({ old: 'old', link: 'new' });
  });
});

test('an emptied folder goes, and one that holds something stays', () => {
  inFolder((folder, staged) => {
    for (const name of ['empty', 'full']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'full/theirs'), '');
    for (const name of ['empty', 'full']) staged.removeFolder(join(folder, name));
    staged.commit();
    expect(readdirSync(folder)).toEqual(['full', 'old']);
  });
});
