import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contents, inTemporaryFolder } from './testing';

const MAIN = join(__dirname, '../main.ts');
const TSX = pathToFileURL(require.resolve('tsx')).href;
const LOCAL = 'profile: local\n';
const PRODUCTION = 'database: {provider: external, host: db}\nartifactStore: {provider: s3}\nnetwork: {clients: [{namespace: training}]}\n';

jest.setTimeout(30_000);

type Synth = (environments?: string) => ReturnType<typeof run>;

/** A folder with environments/ and what `cdk8s synth` does in it. */
function withEnvironments(files: Record<string, string>, use: (folder: string, synth: Synth) => void): void {
  inTemporaryFolder((folder) => {
    mkdirSync(join(folder, 'environments'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'environments', name), text);
    use(folder, (environments) => run(folder, environments));
  });
}

function run(folder: string, environments?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TSX, MAIN], {
    cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH, CDK8S_OUTDIR: 'out', ENVIRONMENTS: environments },
  });
  return { status, stdout, stderr };
}

test('good environments are rendered, each to a folder of its name, and the same again at a second synthesis', () => {
  withEnvironments({ 'local.yaml': LOCAL, 'production.yml': PRODUCTION }, (folder, synth) => {
    const { status, stdout, stderr } = synth();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('kubectl apply -f out/local');
    expect(stdout).toContain('kubectl apply -f out/production');
    expect(readdirSync(join(folder, 'out'))).toEqual(['local', 'production']);
    const first = contents(folder);
    expect(Object.keys(first)).toEqual(expect.arrayContaining([
      '.secrets/local.yaml', 'out/local/.gitignore', 'out/local/11-secret-mlflow-database.yaml', 'out/production/18-deployment-mlflow.yaml',
    ]));
    expect(Object.keys(first).filter((file) => /production.*(secret|gitignore)/.test(file))).toEqual([]);
    expect(synth().status).toBe(0);
    expect(contents(folder)).toEqual(first);
  });
});

test('secrets are printed nowhere', () => {
  withEnvironments({ 'local.yaml': LOCAL }, (folder, synth) => {
    const { stdout, stderr } = synth();
    const values = readFileSync(join(folder, '.secrets/local.yaml'), 'utf8').match(/[\w-]{43}/g)!;
    expect(values).toHaveLength(8);
    expect(values.filter((value) => `${stdout}${stderr}`.includes(value))).toEqual([]);
  });
});

test('ENVIRONMENTS chooses what is rendered, and the others\' output stays', () => {
  withEnvironments({ 'local.yaml': LOCAL, 'production.yaml': PRODUCTION, 'wrong.yaml': 'profile: staging\n' }, (folder, synth) => {
    mkdirSync(join(folder, 'out/production'), { recursive: true });
    writeFileSync(join(folder, 'out/production/10-old.yaml'), 'old');
    expect(synth(' local ,').status).toBe(0);
    expect(readdirSync(join(folder, 'out/production'))).toEqual(['10-old.yaml']);
    expect(existsSync(join(folder, 'out/local/18-deployment-mlflow.yaml'))).toBe(true);
  });
});

test('with a bad environment all its problems are told, nothing is written, and the last output stays', () => {
  withEnvironments({ 'a.yaml': LOCAL, 'b.yaml': 'profile: local\ntracking: {replicas: 0}\nclusterDomain: A\n', 'c.yaml': '' }, (folder, synth) => {
    mkdirSync(join(folder, 'out/a'), { recursive: true });
    writeFileSync(join(folder, 'out/a/10-old.yaml'), 'old');
    const before = contents(join(folder, 'out'));
    expect(synth('a,b,c,d')).toEqual({
      status: 1,
      stdout: '',
      stderr: [
        'environments: there is no environment d; there are: a, b, c',
        'environments/b.yaml: tracking.replicas: 0 must be 1 or more',
        'environments/b.yaml: clusterDomain: "A" must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com',
        'environments/c.yaml: is empty: write at least profile: local',
        '',
      ].join('\n'),
    });
    expect(contents(join(folder, 'out'))).toEqual(before);
    expect(existsSync(join(folder, '.secrets'))).toBe(false);
  });
});
