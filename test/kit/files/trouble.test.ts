import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileTrouble, fileTrouble } from '../../../lib/kit/files/trouble';
import { inTemporaryFolder } from '../../testing';

function errorOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was refused');
}

test.each(['EACCES', 'EBUSY', 'EDQUOT', 'EIO', 'EISDIR', 'ELOOP', 'EMFILE', 'ENAMETOOLONG', 'ENFILE', 'ENOENT', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS', 'EXDEV'])(
  '%s is told with its place, what is wrong and what to do', (code) => {
    const { message } = fileTrouble(Object.assign(new Error(code), { code, path: 'dist/local' }))!;
    expect(message).toMatch(new RegExp(`^dist/local: [a-z ,]+ \\(${code}\\): .+, and run this again$`));
  });

test('the place is what somebody tells where the system does not', () => {
  const error = errorOf(() => readFileSync('/'));
  expect(fileTrouble(error)).toBeUndefined();
  expect(fileTrouble(error, '/')!.message).toBe('/: a folder is where a file must be (EISDIR): move the folder away, and run this again');
});

test('of a path through a file it is the file that is told', () => {
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'file'), '');
    const message = `${folder}/file: a file is where a folder must be (ENOTDIR): move the file away, and run this again`;
    for (const action of [
      () => mkdirSync(join(folder, 'file/a/b'), { recursive: true }), () => mkdirSync(join(folder, 'file'), { recursive: true }),
      () => readdirSync(join(folder, 'file')), () => { writeFileSync(join(folder, 'file/a'), ''); },
    ]) {
      expect(fileTrouble(errorOf(action))!.message).toBe(message);
    }
  });
});

test('a folder in the place of a file that is to go is told as such, though Node has a code of its own for that', () => {
  inTemporaryFolder((folder) => {
    mkdirSync(join(folder, '.12-a.yaml.new'));
    expect(fileTrouble(errorOf(() => { rmSync(join(folder, '.12-a.yaml.new')); }))!.message)
      .toBe(`${folder}/.12-a.yaml.new: a folder is where a file must be (EISDIR): move the folder away, and run this again`);
  });
});

test('trouble that is told already stays as it is, and a mistake of the program is none', () => {
  const trouble = new FileTrouble('dist', 'is full');
  expect(fileTrouble(trouble)).toBe(trouble);
  expect(fileTrouble(new TypeError('x is not a function'))).toBeUndefined();
});
