import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest } from '../../lib/manifests/manifest';
import { environmentLabels } from '../../lib/workload/labels';
import { contents, inTemporaryFolder, writeManifests } from '../testing';

function manifest(file: string, yaml = yamlOf('test')): Manifest {
  return { file, yaml, object: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' } } };
}

/** What an object of an environment looks like in a file. */
function yamlOf(environment: string): string {
  const labels = Object.entries(environmentLabels(environment)).map(([key, value]) => `    ${key}: ${value}\n`).join('');
  return `kind: Thing\nmetadata:\n  labels:\n${labels}`;
}

function inOutputFolder(use: (folder: string) => void): void {
  inTemporaryFolder((parent) => {
    use(join(parent, 'dist', 'test'));
  });
}

function fill(folder: string, files: Record<string, string>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}

function write(folder: string, manifests: readonly Manifest[], secret = false): void {
  writeManifests({ folder, environment: 'test', manifests, secret });
}

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
    expect(modes(folder)).toEqual({ '10-a.yaml': '644', 'namespace': '755' });
    expect(readFileSync(join(folder, 'namespace/11-b.yaml'), 'utf8')).toBe('kind: Other\n');
  });
});

test('overwrites what was there, and removes what is rendered no more', () => {
  inOutputFolder((folder) => {
    fill(folder, { '10-a-a.yaml': 'old', '11-a-old.yaml': yamlOf('test'), 'namespace/10-namespace-old.yaml': yamlOf('test') });
    write(folder, [manifest('10-a-a.yaml')]);
    expect(contents(folder)).toEqual({ '10-a-a.yaml': yamlOf('test') });
    expect(readdirSync(folder)).toEqual(['10-a-a.yaml']);
  });
});

test('a Namespace that moves between the folders is in one of them', () => {
  inOutputFolder((folder) => {
    for (const file of ['10-namespace-a.yaml', 'namespace/10-namespace-a.yaml', '10-namespace-a.yaml']) {
      write(folder, [manifest(file)]);
      expect(Object.keys(contents(folder))).toEqual([file]);
    }
  });
});

describe('what the program did not write stays:', () => {
  test.each([
    ['a file of Kustomize', 'kustomization.yaml', 'resources: []\n'],
    ['a folder', 'patches/17-job-mlflow-schema.yaml', yamlOf('test')],
    ['a manifest of somebody else', '18-deployment-theirs.yaml', 'kind: Deployment\nmetadata: {name: theirs}\n'],
    ['a manifest of somebody else next to the Namespace', 'namespace/11-quota-theirs.yaml', 'kind: ResourceQuota\n'],
    ['a manifest of another environment', '18-deployment-mlflow.yaml', yamlOf('production')],
    ['an object that is ours, in a file with a name of somebody\'s', 'extra.yaml', yamlOf('test')],
    ['several objects in one file', '18-deployment-two.yaml', `${yamlOf('test')}---\n${yamlOf('test')}`],
    ['what is no YAML', '18-deployment-conflict.yaml', '<<<<<<< HEAD\n{'],
    ['a list', '18-deployment-list.yaml', '- metadata\n'],
    ['nothing', '18-deployment-empty.yaml', ''],
    ['an object without metadata', '18-deployment-null.yaml', 'metadata:\n'],
    ['rules of Git', '.gitignore', '*.bak\n'],
    ['a hidden file', '.18-deployment-mlflow.yaml.swp', yamlOf('test')],
    ['an editor\'s copy', '18-deployment-mlflow.yaml~', yamlOf('test')],
  ])('%s', (_what, file, content) => {
    inOutputFolder((folder) => {
      fill(folder, { [file]: content });
      write(folder, [manifest('10-a.yaml')]);
      expect(contents(folder)).toMatchObject({ [file]: content, '10-a.yaml': yamlOf('test') });
    });
  });

  test('a link, and what it leads to', () => {
    inOutputFolder((folder) => {
      const elsewhere = join(folder, '../../elsewhere');
      fill(elsewhere, { '18-deployment-mlflow.yaml': yamlOf('test'), 'folder/18-deployment-mlflow.yaml': yamlOf('test') });
      mkdirSync(folder, { recursive: true });
      symlinkSync(join(elsewhere, '18-deployment-mlflow.yaml'), join(folder, '18-deployment-mlflow.yaml'));
      symlinkSync(join(elsewhere, 'folder'), join(folder, 'folder'));
      const before = contents(elsewhere);
      write(folder, [manifest('10-a.yaml')]);
      expect(contents(elsewhere)).toEqual(before);
      expect(readlinkSync(join(folder, 'folder'))).toBe(join(elsewhere, 'folder'));
      expect(readdirSync(folder)).toEqual(['10-a.yaml', '18-deployment-mlflow.yaml', 'folder']);
    });
  });

  test('the folders of other environments', () => {
    inOutputFolder((folder) => {
      fill(join(folder, '../other'), { '10-a-a.yaml': yamlOf('test') });
      write(folder, [manifest('10-a.yaml')]);
      expect(contents(join(folder, '../other'))).toEqual({ '10-a-a.yaml': yamlOf('test') });
    });
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
        .toBe(`${folder}/10-a.yaml: is no file, and a manifest belongs here: move it away, and run this again`);
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
    expect(modes(folder)).toEqual({ '.gitignore': '600', '11-secret.yaml': '600' });
  });
});

test('a file that is right, and that others could read, is closed to them once there are secrets', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('11-secret.yaml')]);
    write(folder, [manifest('11-secret.yaml')], true);
    expect(modes(folder)).toMatchObject({ '11-secret.yaml': '600' });
  });
});

test('somebody\'s own rules for Git stay with secrets, where they ignore all', () => {
  inOutputFolder((folder) => {
    fill(folder, { '.gitignore': '# nothing of this\n*\n' });
    write(folder, [manifest('11-secret.yaml')], true);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('# nothing of this\n*\n');
  });
});

test('Git ignores the folder no more once its manifests hold no secrets', () => {
  inOutputFolder((folder) => {
    write(folder, [manifest('11-secret.yaml')], true);
    write(folder, [manifest('10-a.yaml'), manifest('11-secret.yaml')]);
    expect(readdirSync(folder)).toEqual(['10-a.yaml', '11-secret.yaml']);
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
    fill(folder, { '.11-secret-a.yaml.new': 'half', '..gitignore.new': '*', '.10-a-a.yaml.new': 'half', '.mine.new': 'theirs' });
    write(folder, [manifest('10-a-a.yaml')]);
    expect(contents(folder)).toEqual({ '10-a-a.yaml': yamlOf('test'), '.mine.new': 'theirs' });
  });
});
