import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { contents } from '../testing';
import { fill, inOutputFolder, manifest, write, yamlOf } from './output';

describe('what the program did not write stays:', () => {
  test.each([
    ['a file of Kustomize', 'kustomization.yaml', 'resources: []\n'],
    ['an object of a kind that is none of ours', '23-cronjob-backup.yaml', yamlOf('test')],
    ['an edited copy of ours', '18-deployment-mlflow-canary.yaml', yamlOf('test')],
    ['an edited copy of ours by another number', '99-configmap-mine.yaml', yamlOf('test')],
    ['an edited copy of ours next to the Namespace', 'namespace/10-namespace-mine.yaml', yamlOf('test')],
    ['a note with a name like that of what a killed run left', '.30-notes-x.yaml.new', 'mine'],
    ['rules of Git that ignore all', '.gitignore', '*\n'],
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
      write(folder, [manifest('10-a.yaml'), manifest('11-b.yaml')]);
      fill(folder, { [file]: content });
      expect(write(folder, [manifest('10-a.yaml')])).toEqual([]);
      write(folder, [manifest('10-a.yaml')], !['.gitignore'].includes(file));
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
      expect(readdirSync(folder)).toEqual(['.manifests', '10-a.yaml', '18-deployment-mlflow.yaml', 'folder']);
    });
  });

  test('a link in the place of what was written', () => {
    inOutputFolder((folder) => {
      write(folder, [manifest('11-b.yaml')]);
      fill(folder, { 'theirs.yaml': yamlOf('test') });
      rmSync(join(folder, '11-b.yaml'));
      symlinkSync('theirs.yaml', join(folder, '11-b.yaml'));
      write(folder, [manifest('10-a.yaml')]);
      expect(readlinkSync(join(folder, '11-b.yaml'))).toBe('theirs.yaml');
    });
  });

  test('a file that is larger than any of ours, which is not read', () => {
    inOutputFolder((folder) => {
      write(folder, [manifest('11-b.yaml')]);
      for (const file of ['11-b.yaml', '18-deployment-theirs.yaml']) {
        fill(folder, { [file]: '' });
        truncateSync(join(folder, file), 2 ** 33); // more than Node would read
      }
      expect(write(folder, [manifest('10-a.yaml')])).toEqual([expect.stringMatching('^11-b.yaml: warning: is rendered no more, and stays')]);
      expect(readdirSync(folder)).toEqual(['.manifests', '10-a.yaml', '11-b.yaml', '18-deployment-theirs.yaml']);
      write(folder, [manifest('11-b.yaml')]);
      expect(readFileSync(join(folder, '11-b.yaml'), 'utf8')).toBe(yamlOf('test'));
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
