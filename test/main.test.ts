import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { contents } from './testing';
import { inWorkplace, LOCAL, PRODUCTION } from './workplace';

jest.setTimeout(60_000);

test('good environments are rendered, each to a folder of its name, and the same again at a second synthesis', () => {
  inWorkplace({ 'local.yaml': LOCAL, 'production.yml': PRODUCTION }, (workplace) => {
    const { status, stdout, stderr } = workplace.synth();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('kubectl apply -f out/local ');
    expect(stdout).toContain('kubectl apply -f out/production/namespace -f out/production ');
    expect(stdout).toContain('\nproduction: these Secrets must exist in the namespace production: mlflow-database (username, password), ');
    expect(readdirSync(workplace.path('out'))).toEqual(['local', 'production']);
    const first = contents(workplace.folder);
    expect(Object.keys(first)).toEqual(expect.arrayContaining([
      '.secrets/local.yaml', 'out/local/.gitignore', 'out/local/11-secret-mlflow-database-generated.yaml', 'out/local/10-namespace-mlflow.yaml',
      'out/production/18-deployment-mlflow.yaml', 'out/production/namespace/10-namespace-production.yaml',
    ]));
    expect(Object.keys(first).filter((file) => /production.*(secret|gitignore)/.test(file))).toEqual([]);
    expect(workplace.synth().status).toBe(0);
    expect(contents(workplace.folder)).toEqual(first);
  });
});

test('secrets are printed nowhere', () => {
  inWorkplace({ 'local.yaml': `${LOCAL}access: {mode: basic}` }, (workplace) => {
    const { stdout, stderr } = workplace.synth();
    const values = readFileSync(workplace.path('.secrets/local.yaml'), 'utf8').match(/[\w-]{43}/g)!;
    expect(values).toHaveLength(8);
    expect(values.filter((value) => `${stdout}${stderr}`.includes(value))).toEqual([]);
  });
});

test('ENVIRONMENTS chooses what is rendered, and the others\' output stays', () => {
  inWorkplace({ 'local.yaml': LOCAL, 'production.yaml': PRODUCTION, 'wrong.yaml': 'profile: staging\n' }, (workplace) => {
    mkdirSync(workplace.path('out/production'), { recursive: true });
    writeFileSync(workplace.path('out/production/10-old.yaml'), 'old');
    expect(workplace.synth({ environment: { ENVIRONMENTS: ' local ,' } }).status).toBe(0);
    expect(readdirSync(workplace.path('out/production'))).toEqual(['10-old.yaml']);
    expect(existsSync(workplace.path('out/local/18-deployment-mlflow.yaml'))).toBe(true);
  });
});

test('with a bad environment all its problems are told, nothing is written, and the last output stays', () => {
  inWorkplace({ 'a.yaml': LOCAL, 'b.yaml': 'profile: local\ntracking: {replicas: 0}\nclusterDomain: A\n', 'c.yaml': '' }, (workplace) => {
    mkdirSync(workplace.path('out/a'), { recursive: true });
    writeFileSync(workplace.path('out/a/10-old.yaml'), 'old');
    const before = contents(workplace.folder);
    expect(workplace.synth({ environment: { ENVIRONMENTS: 'a,b,c,d' } })).toEqual({
      status: 1,
      stdout: '',
      stderr: [
        'environments: there is no environment d; there are: a, b, c',
        'environments/b.yaml: tracking.replicas: 0 must be 1 or more',
        'environments/b.yaml: clusterDomain: must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com',
        'environments/c.yaml: is empty: write at least profile: local',
        '',
      ].join('\n'),
    });
    expect(contents(workplace.folder)).toEqual(before);
  });
});

test('what others put next to the manifests stays, and what the program wrote itself goes when it is rendered no more', () => {
  const scaled = `${PRODUCTION}tracking: {autoscaling: {minReplicas: 2, maxReplicas: 3}}\n`;
  inWorkplace({ 'local.yaml': LOCAL, 'production.yaml': scaled }, (workplace) => {
    workplace.synth();
    const ours = readFileSync(workplace.path('out/production/18-deployment-mlflow.yaml'), 'utf8');
    const theirs = {
      '.gitignore': '*\n', '23-cronjob-backup.yaml': ours.replace('kind: Deployment', 'kind: CronJob'), '18-deployment-mlflow-canary.yaml': ours.replaceAll('name: mlflow', 'name: canary'),
      '99-configmap-mine.yaml': ours, '.30-notes-x.yaml.new': 'mine',
    };
    for (const [file, text] of Object.entries(theirs)) writeFileSync(workplace.path('out/production', file), text);
    workplace.write({ 'production.yaml': PRODUCTION });
    expect(workplace.synth()).toMatchObject({ status: 0, stderr: '' });
    expect(contents(workplace.path('out/production'))).toMatchObject(theirs);
    expect(readdirSync(workplace.path('out/production')).filter((file) => file.includes('autoscaler'))).toEqual([]);
  });
});

test('what would be too large for the cluster is refused before anything is written', () => {
  const hosts = Array.from({ length: 300 }, (_, index) => `mlflow-${index}.teams.example.com`).join(', ');
  inWorkplace({ 'a.yaml': LOCAL, 'b.yaml': `${LOCAL}namespace: {name: b}\ningress: {hosts: [${hosts}]}\n` }, (workplace) => {
    const before = contents(workplace.folder);
    expect(workplace.synth()).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^environments\/b\.yaml: the Ingress mlflow would have .*\n$/) as string });
    expect(contents(workplace.folder)).toEqual(before);
    expect(readdirSync(workplace.folder)).toEqual(['environments']);
  });
});

describe('a file that takes another\'s place is refused, and all stays as it was:', () => {
  const other = `${LOCAL}namespace: {name: other}`;

  test.each<[string, string, Record<string, string>, RegExp]>([
    ['a renamed one', 'mv environments/local.yaml environments/dev.yaml', {}, /^environments\/dev\.yaml: is for the namespace mlflow, as environments\/local\.yaml was, which is gone/],
    ['a renamed one without the manifests', 'mv environments/local.yaml environments/dev.yaml; rm -rf out/local', {}, /^environments\/dev\.yaml: .* and then \.secrets\/local\.yaml\n$/],
    ['a renamed one, in another output folder', 'mv environments/local.yaml environments/dev.yaml', { CDK8S_OUTDIR: 'elsewhere' }, /^environments\/dev\.yaml: .* which is gone/],
    ['a renamed one of production', 'mv environments/production.yaml environments/prod.yaml', {}, /^environments\/prod\.yaml: is for the namespace production, .* which is gone/],
    ['a copy, after which the first gets another namespace', 'cp environments/local.yaml environments/dev.yaml; echo "namespace: {name: new}" >> environments/local.yaml', {},
      /^environments\/dev\.yaml: is for the namespace mlflow, as environments\/local\.yaml was, until now: .* Write another namespace/],
    ['such a copy alone', 'cp environments/local.yaml environments/dev.yaml; echo "namespace: {name: new}" >> environments/local.yaml', { ENVIRONMENTS: 'dev' }, /^environments\/dev\.yaml: /],
    ['two that exchange their names', 'cd environments; mv local.yaml x; mv other.yaml local.yaml; mv x other.yaml', {}, /^environments\/local\.yaml: .*\nenvironments\/other\.yaml: .*\n$/],
  ])('%s', (_what, command, environment, lines) => {
    inWorkplace({ 'local.yaml': LOCAL, 'other.yaml': other, 'production.yaml': PRODUCTION }, (workplace) => {
      workplace.synth();
      spawnSync('sh', ['-c', command], { cwd: workplace.folder });
      const before = contents(workplace.folder);
      expect(workplace.synth({ environment })).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(lines) as string });
      expect(contents(workplace.folder)).toEqual(before);
    });
  });

  test('except where that moved on purpose, and was rendered since', () => {
    inWorkplace({ 'old.yaml': LOCAL }, (workplace) => {
      workplace.synth();
      workplace.write({ 'old.yaml': `${LOCAL}namespace: {name: elsewhere}` });
      expect(workplace.synth()).toMatchObject({ status: 0, stderr: expect.stringMatching(/^environments\/old\.yaml: namespace\.name: warning: was mlflow until now/) as string });
      workplace.write({ 'new.yaml': LOCAL });
      expect(workplace.synth()).toMatchObject({ status: 0, stderr: '' });
    });
  });
});

test('of a file that is gone it is told what is left, and that stays', () => {
  inWorkplace({ 'old.yaml': LOCAL, 'other.yaml': PRODUCTION }, (workplace) => {
    workplace.synth();
    const before = contents(workplace.path('out'));
    rmSync(workplace.path('environments/old.yaml'));
    expect(workplace.synth()).toMatchObject({ status: 0, stderr: expect.stringMatching(/^out\/old: warning: environments\/old\.yaml is gone, .* and then out\/old and \.secrets\/old\.yaml; .*\n$/) as string });
    expect(contents(workplace.path('out'))).toEqual(before);
  });
});

test.each(['constructor', 'tostring', '0', 'a'.repeat(63)])('an environment may be called %s', (name) => {
  inWorkplace({ [`${name}.yaml`]: `${LOCAL}ingress: {hosts: [constructor]}\nmetrics: {serviceMonitor: true}\n` }, (workplace) => {
    expect(workplace.synth()).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(workplace.path('out', name, '18-deployment-mlflow.yaml'), 'utf8')).toMatch(new RegExp(`instance: "?${name}"?\n`));
  });
});

test('an environment may not be called __proto__, and is told so', () => {
  inWorkplace({ '__proto__.yaml': LOCAL }, (workplace) => {
    expect(workplace.synth()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^environments\/__proto__\.yaml: the file's name is the environment's: rename it/) as string });
  });
});

test('the command that is told works in a folder of whatever name', () => {
  inWorkplace({ 'local.yaml': LOCAL }, (workplace) => {
    expect(workplace.synth({ environment: { CDK8S_OUTDIR: 'my manifests' } }).stdout).toContain('kubectl apply -f \'my manifests/local\'');
  });
});

test.each([['.', 'is the project itself'], ['', 'is empty'], ['environments', 'is the project\'s own folder environments']])('with the output folder %j nothing is removed or written', (wanted, why) => {
  inWorkplace({ 'local.yaml': LOCAL }, (workplace) => {
    mkdirSync(workplace.path('local'));
    writeFileSync(workplace.path('local/source.ts'), 'theirs');
    const before = contents(workplace.folder);
    expect(workplace.synth({ environment: { CDK8S_OUTDIR: wanted } })).toEqual({
      status: 1, stdout: '', stderr: `CDK8S_OUTDIR=${wanted}: ${why}: write a folder of its own, e.g. dist, or leave the variable out\n`,
    });
    expect(contents(workplace.folder)).toEqual(before);
  });
});

test('in a folder without environments it is told where to run it, and nothing is made', () => {
  inWorkplace({}, (workplace) => {
    mkdirSync(workplace.path('sub'));
    expect(workplace.synth({ cwd: 'sub' })).toEqual({
      status: 1,
      stdout: '',
      stderr: `environments: there is no environment file: write one, e.g. environments/local.yaml, or run this in ${resolve(__dirname, '..')}\n`,
    });
    expect(readdirSync(workplace.path('sub'))).toEqual([]);
  });
});

test('a link in the place of a folder of manifests leads to no change elsewhere', () => {
  inWorkplace({ 'local.yaml': LOCAL }, (workplace) => {
    mkdirSync(workplace.path('elsewhere'));
    writeFileSync(workplace.path('elsewhere/18-deployment-mlflow.yaml'), 'theirs');
    mkdirSync(workplace.path('out'));
    symlinkSync(workplace.path('elsewhere'), workplace.path('out/local'));
    expect(workplace.synth()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^out\/local: is a link, .*\n$/) as string });
    expect(contents(workplace.path('elsewhere'))).toEqual({ '18-deployment-mlflow.yaml': 'theirs' });
  });
});
