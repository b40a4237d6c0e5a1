import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCopy } from './copy';
import { contents } from './testing';

/* `npx cdk8s synth`: what the CLI does before and after it runs the program. */

jest.setTimeout(120_000);

function cdk8s(copy: string, options: readonly string[] = [], environment: Record<string, string> = {}) {
  const cli = join(copy, 'node_modules/cdk8s-cli/bin/cdk8s');
  return spawnSync(process.execPath, [cli, 'synth', ...options], {
    cwd: copy, encoding: 'utf8', env: { PATH: process.env.PATH, CDK8S_CHECK_UPGRADE: 'false', ...environment },
  });
}

test('renders to dist, in which what others put stays, whether the files are right or not', () => {
  inCopy((copy) => {
    const theirs = ['dist/notes.txt', 'dist/theirs/deployment.yaml', 'dist/production/kustomization.yaml'];
    for (const path of theirs) {
      mkdirSync(join(copy, path, '..'), { recursive: true });
      writeFileSync(join(copy, path), 'theirs');
    }
    expect(cdk8s(copy)).toMatchObject({ status: 0, stderr: expect.stringContaining('kubectl apply -f dist/local ') as string });
    const rendered = contents(join(copy, 'dist'));
    expect(Object.keys(rendered)).toEqual(expect.arrayContaining(['local/18-deployment-mlflow.yaml', ...theirs.map((path) => path.replace('dist/', ''))]));

    rmSync(join(copy, 'environments/local.yaml'));
    writeFileSync(join(copy, 'environments/production.yaml'), 'traking: {}');
    expect(cdk8s(copy)).toMatchObject({ status: 1, stderr: expect.stringContaining('traking: is not known') as string });
    expect(contents(join(copy, 'dist'))).toEqual(rendered);
  });
});

test('renders to the folder that --output names', () => {
  inCopy((copy) => {
    expect(cdk8s(copy, ['--output', 'out'])).toMatchObject({ status: 0, stderr: expect.stringContaining('kubectl apply -f out/local ') as string });
    expect(readdirSync(join(copy, 'out'))).toEqual(['local', 'production']);
    expect(existsSync(join(copy, 'dist'))).toBe(false);
  });
});

test('shows the manifests by --stdout', () => {
  inCopy((copy) => {
    expect(cdk8s(copy, ['--stdout'], { ENVIRONMENTS: 'local' })).toMatchObject({ status: 0, stdout: expect.stringContaining('\nkind: Deployment\n') as string });
    expect(existsSync(join(copy, 'dist'))).toBe(false);
  });
});

test('works next to another run', () => {
  inCopy((copy) => {
    const both = 'node synth.mjs & other=$!; node node_modules/cdk8s-cli/bin/cdk8s synth && wait $other';
    expect(spawnSync('sh', ['-c', both], { cwd: copy, env: { PATH: process.env.PATH, CDK8S_CHECK_UPGRADE: 'false' } }).status).toBe(0);
    expect(Object.keys(contents(join(copy, 'dist'))).filter((file) => /\.(new|lock)/.test(file))).toEqual([]);
  });
});
