import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Scripts, type ScriptsProps } from '../../../lib/kit/workload/scripts';
import { find, inTemporaryFolder, objectsOf, testChart } from '../../testing';

/** The scripts of a folder with `run.sh` and `inner/lib.py`. */
function scripts(props: Partial<ScriptsProps> = {}, content = 'echo "done"\n'): Scripts {
  return inTemporaryFolder((folder) => {
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'run.sh'), content);
    writeFileSync(join(folder, 'inner', 'lib.py'), 'pass\n');
    return new Scripts(testChart(), 'Test', { name: 'mlflow-thing', component: 'thing', folder, files: ['run.sh'], ...props });
  });
}

const all: Required<Omit<ScriptsProps, 'folder'>> = {
  name: 'mlflow-other', component: 'other', files: ['run.sh', 'inner/lib.py'], shared: ['waiting.py'], generated: { 'policy.json': '{}\n' },
};

test('with the least props: a ConfigMap of the files, and a volume of it at a folder of its own', () => {
  const made = scripts();
  expect(find(objectsOf(made), 'ConfigMap')).toMatchObject({
    metadata: { name: 'mlflow-thing', labels: { 'app.kubernetes.io/component': 'thing' } },
    data: { 'run.sh': 'echo "done"\n' },
  });
  expect(made.volume).toEqual({ name: 'mlflow-thing', configMap: { name: 'mlflow-thing', items: [{ key: 'run.sh', path: 'run.sh' }] } });
  expect(made.mount).toEqual({ name: 'mlflow-thing', mountPath: '/opt/mlflow-thing', readOnly: true });
  expect(made.path('run.sh')).toBe('/opt/mlflow-thing/run.sh');
});

test('with all props: files of inner folders, shared and generated ones are there, too, each where it was', () => {
  const made = scripts(all);
  expect(find(objectsOf(made), 'ConfigMap').data).toEqual({
    'run.sh': 'echo "done"\n', 'inner.lib.py': 'pass\n', 'waiting.py': expect.stringContaining('class Waiting') as unknown, 'policy.json': '{}\n',
  });
  expect(made.volume.configMap?.items).toEqual([
    { key: 'run.sh', path: 'run.sh' },
    { key: 'inner.lib.py', path: 'inner/lib.py' },
    { key: 'waiting.py', path: 'waiting.py' },
    { key: 'policy.json', path: 'policy.json' },
  ]);
});

test('the digest changes with a file and with what is generated, and not otherwise', () => {
  expect(scripts().digest).toBe(scripts().digest);
  expect(scripts({}, 'echo "changed"\n').digest).not.toBe(scripts().digest);
  expect(scripts({ generated: { 'policy.json': '[]\n' } }).digest).not.toBe(scripts({ generated: { 'policy.json': '{}\n' } }).digest);
});
