import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contents } from '../testing';
import { fill, inOutputFolder, manifest, manifestsIn, write, yamlOf } from './output';

function messageOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

function modes(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, (statSync(join(folder, file)).mode & 0o777).toString(8)]));
}

test('makes the folder and writes a file for each manifest', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('10-a.yaml'), manifest('namespace/11-b.yaml', 'kind: Other\n')]);
    expect(modes(folder)).toEqual({ '.manifests': '644', '10-a.yaml': '644', 'namespace': '755' });
    expect(readFileSync(join(folder, 'namespace/11-b.yaml'), 'utf8')).toBe('kind: Other\n');
  });
});

test('overwrites what was there, and removes what is rendered no more', () => {
  inOutputFolder((folder) => {
    fill(folder, { '10-a-a.yaml': 'old' });
    write(folder, [manifest('10-a-a.yaml'), manifest('11-a-old.yaml'), manifest('namespace/10-namespace-old.yaml')]);
    expect(write(folder, [manifest('10-a-a.yaml')])).toEqual([]);
    expect(manifestsIn(folder)).toEqual({ '10-a-a.yaml': yamlOf('test') });
    expect(readdirSync(folder)).toEqual(['.manifests', '10-a-a.yaml']);
  });
});

test('keeps a list of what it wrote, which is the same again where that is', () => {
  inOutputFolder((folder) => {
    const list = () => readFileSync(join(folder, '.manifests'), 'utf8');
    write(folder, [manifest('11-b.yaml'), manifest('namespace/10-a.yaml')]);
    const first = list();
    expect(first).toMatch(/^[0-9a-f]{64} {2}11-b\.yaml\n[0-9a-f]{64} {2}namespace\/10-a\.yaml\n$/);
    write(folder, [manifest('namespace/10-a.yaml'), manifest('11-b.yaml')]);
    expect(list()).toBe(first);
  });
});

test('what was changed by hand and is rendered no more stays, and is told of until it is gone', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('11-a-old.yaml')]);
    fill(folder, { '11-a-old.yaml': `${yamlOf('test')}# mine\n` });
    for (let time = 0; time < 2; time++) {
      expect(write(folder, [manifest('10-a.yaml')])).toEqual(
        ['11-a-old.yaml: warning: is rendered no more, and stays because it was changed: remove it, or keep it by another name']);
    }
    fill(folder, { '11-a-old.yaml': yamlOf('test') });
    expect(write(folder, [manifest('10-a.yaml')])).toEqual([]);
    expect(Object.keys(manifestsIn(folder))).toEqual(['10-a.yaml']);
  });
});

test('where there is no list yet, nothing is removed, and what seems to be ours is told of once', () => {
  inOutputFolder((folder) => {
    fill(folder, { '18-deployment-old.yaml': yamlOf('test'), '18-deployment-theirs.yaml': yamlOf('production'), '.gitignore': '*\n' });
    expect(write(folder, [manifest('10-a.yaml')])).toEqual(
      ['18-deployment-old.yaml: warning: is not rendered, and stays because it may be somebody\'s: remove it, unless you need it']);
    expect(write(folder, [manifest('10-a.yaml')])).toEqual([]);
    expect(readdirSync(folder)).toEqual(['.gitignore', '.manifests', '10-a.yaml', '18-deployment-old.yaml', '18-deployment-theirs.yaml']);
  });
});

test('a Namespace that moves between the folders is in one of them', () => {
  inOutputFolder((folder) => {
    for (const file of ['10-namespace-a.yaml', 'namespace/10-namespace-a.yaml', '10-namespace-a.yaml']) {
      write(folder, [manifest(file)]);
      expect(Object.keys(manifestsIn(folder))).toEqual([file]);
    }
  });
});

describe('is refused, and nothing changes, where', () => {
  test('the folder is a link', () => {
    inOutputFolder((folder) => {
      const elsewhere = join(folder, '../../elsewhere');
      fill(elsewhere, { '11-a-old.yaml': yamlOf('test') });
      mkdirSync(dirname(folder));
      symlinkSync(elsewhere, folder);
      expect(messageOf(() => { write(folder, [manifest('10-a.yaml')]); })).toBe(
        `${folder}: is a link, and manifests are written where they are: remove it, or name the folder above its end in CDK8S_OUTDIR`);
      expect(contents(elsewhere)).toEqual({ '11-a-old.yaml': yamlOf('test') });
    });
  });

  test.each([
    ['a folder', (path: string) => { mkdirSync(path, { recursive: true }); }],
    ['a link', (path: string) => {
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync('/dev/null', path);
    }],
  ])('%s is where a manifest belongs', (_what, make) => {
    inOutputFolder((folder) => {
      make(join(folder, '10-a.yaml'));
      expect(messageOf(() => { write(folder, [manifest('10-a.yaml')]); }))
        .toBe(`${folder}/10-a.yaml: is no file, and the program writes one here: move it away, and run this again`);
    });
  });

  test.each(['*.bak\n', '*\n!18-deployment-mlflow.yaml\n', ''])('passwords would be in Git, by a .gitignore of %j', (rules) => {
    inOutputFolder((folder) => {
      fill(folder, { '.gitignore': rules });
      expect(messageOf(() => { write(folder, [manifest('11-secret.yaml')], true); })).toMatch(/\.gitignore: lets Git take passwords of .*: write the line \*/);
      expect(contents(folder)).toEqual({ '.gitignore': rules });
    });
  });
});

test('with secrets: Git ignores the folder, and only its owner can read the files', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('11-secret.yaml')], true);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
    expect(modes(folder)).toEqual({ '.gitignore': '600', '.manifests': '600', '11-secret.yaml': '600' });
  });
});

test('a file that is right, and that others could read, is closed to them once there are secrets', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('11-secret.yaml')]);
    write(folder, [manifest('11-secret.yaml')], true);
    expect(modes(folder)).toMatchObject({ '.manifests': '600', '11-secret.yaml': '600' });
  });
});

test('somebody\'s own rules for Git stay with secrets, where they ignore all', () => {
  inOutputFolder((folder) => {
    fill(folder, { '.gitignore': '# nothing of this\n*\n' });
    write(folder, [manifest('11-secret.yaml')], true);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('# nothing of this\n*\n');
  });
});

test('Git ignores the folder no more once its manifests hold no secrets, unless its rules are somebody\'s', () => {
  inOutputFolder((folder) => {
    for (let time = 0; time < 2; time++) write(folder, [manifest('11-secret.yaml')], true);
    write(folder, [manifest('11-secret.yaml')]);
    expect(readdirSync(folder)).toEqual(['.manifests', '11-secret.yaml']);
    fill(folder, { '.gitignore': '*\n' });
    for (const secret of [true, false, false]) expect(write(folder, [manifest('11-secret.yaml')], secret)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['.gitignore', '.manifests', '11-secret.yaml']);
  });
});

test('a file that is right is not written again', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('10-a.yaml')]);
    const { ino, mtimeMs } = statSync(join(folder, '10-a.yaml'));
    write(folder, [manifest('10-a.yaml')]);
    expect(statSync(join(folder, '10-a.yaml'))).toMatchObject({ ino, mtimeMs });
  });
});

test('what a killed run left is removed', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('11-secret-a.yaml')]);
    fill(folder, { '.11-secret-a.yaml.new': 'half', '..gitignore.new': '*', '..manifests.new': 'half', '.10-a-a.yaml.new': 'half', '.mine.new': 'theirs' });
    write(folder, [manifest('10-a-a.yaml')]);
    expect(readdirSync(folder)).toEqual(['.manifests', '.mine.new', '10-a-a.yaml']);
  });
});
