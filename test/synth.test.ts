import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTALLED, inCopy, PRODUCTION } from './copy';
import { contents } from './testing';

const TSX = pathToFileURL(require.resolve('tsx')).href;

jest.setTimeout(300_000);

/** Runs a synthesis, and tells what it took: milliseconds of CPU, except the system's part, which writes the files, and MB. */
function run(copy: string, program: readonly string[]) {
  const report = 'data:text/javascript,process.on("exit",()=>process.stderr.write(JSON.stringify(process.resourceUsage())))';
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', report, ...program], {
    cwd: copy, encoding: 'utf8', env: { PATH: process.env.PATH, CDK8S_OUTDIR: 'out' },
  });
  const [, message, usage] = /^([^]*?)(\{[^{]*\})?$/.exec(stderr)!;
  expect({ status, message }).toEqual({ status: 0, message: '' });
  const { userCPUTime, maxRSS } = JSON.parse(usage!) as NodeJS.ResourceUsage;
  return { stdout, cpu: userCPUTime / 1000, memory: maxRSS / 1024 };
}

const BUNDLE = ['synth.mjs'];
const PLAIN = ['--import', TSX, 'main.ts'];

const bundles = (copy: string) => readdirSync(join(copy, 'node_modules/.cache/synth')).sort();

test('the bundle writes and prints what main.ts does, when it is made and when it is used again', () => {
  inCopy((copy) => {
    const { stdout } = run(copy, PLAIN);
    const written = contents(join(copy, 'out'));
    expect(Object.keys(written)).toContain('production/18-deployment-mlflow.yaml');
    for (let time = 0; time < 2; time++) {
      rmSync(join(copy, 'out'), { recursive: true });
      expect(run(copy, BUNDLE).stdout).toBe(stdout);
      expect(contents(join(copy, 'out'))).toEqual(written);
    }
    expect(bundles(copy)).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.compiled$/), expect.stringMatching(/^[0-9a-f]{16}\.js$/)]);
  });
});

test('a change of a source, of a script or of the libraries is seen at the next run, and the old bundle is removed', () => {
  inCopy((copy) => {
    run(copy, BUNDLE);
    const first = bundles(copy);

    const versions = join(copy, 'lib/versions.ts');
    writeFileSync(versions, readFileSync(versions, 'utf8').replace(/(envoyproxy\/envoy', tag: ')[^']+/, '$1distroless-v1.99.9'));
    run(copy, BUNDLE);
    expect(readFileSync(join(copy, 'out/production/18-deployment-mlflow-token-verifier.yaml'), 'utf8')).toContain('envoy:distroless-v1.99.9');
    const second = bundles(copy);
    expect(second).toHaveLength(2);
    expect(second).not.toEqual(first);

    appendFileSync(join(copy, 'lib/features/database/schema.py'), '# one more line\n');
    run(copy, BUNDLE);
    expect(Object.values(contents(join(copy, 'out/production'))).join('')).toContain('# one more line');

    appendFileSync(join(copy, 'node_modules', INSTALLED), '\n');
    run(copy, BUNDLE);
    expect(bundles(copy)).toHaveLength(2);
    expect(bundles(copy)).not.toEqual(second);
  });
});

test('without a place for the bundle it renders all the same, each time from the sources', () => {
  inCopy((copy) => {
    writeFileSync(join(copy, 'node_modules/.cache'), 'no folder');
    run(copy, BUNDLE);
    const written = contents(join(copy, 'out'));
    rmSync(join(copy, 'out'), { recursive: true });
    run(copy, BUNDLE);
    expect(contents(join(copy, 'out'))).toEqual(written);
    expect(readFileSync(join(copy, 'node_modules/.cache'), 'utf8')).toBe('no folder');
  });
});

test.each(['node_modules', 'node_modules/esbuild'])('without %s it is told what to do, in a line', (missing) => {
  inCopy((copy) => {
    rmSync(join(copy, missing), { recursive: true });
    const { status, stdout, stderr } = spawnSync(process.execPath, BUNDLE, { cwd: copy, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^\/[^\n]+: node_modules\/[\w./-]+ is not there: install the libraries by npm ci, and run this again\n$/);
  });
});

/** Of four kinds in turn: between them they have every part that an environment can have. No two have anything in common. */
function environmentFile(index: number): string {
  return [
    PRODUCTION.replaceAll('mlflow.254carbon.com', `mlflow-${index}.example.com`).replace('mlflow.local', `mlflow-${index}.local`).replaceAll('data-platform', `data-${index}`),
    `{profile: local, namespace: {name: team-${index}}, service: {type: NodePort, nodePort: ${30000 + index}}, network: {clients: [{cidrs: [10.20.0.0/16]}]}}`,
    `{namespace: {name: team-${index}}, database: {provider: external, host: db-${index}.example.com}, artifactStore: {provider: s3, bucket: team-${index}}, tracking: {replicas: 3}, network: {clients: [{namespace: training}]}}`,
    `{profile: local, namespace: {name: team-${index}}, ingress: {hosts: [team-${index}.example.com], maxBodySize: 3Gi}, metrics: {serviceMonitor: true}}`,
  ][index % 4]!;
}

function synthOf(copy: string, count: number) {
  for (const folder of ['environments', '.secrets', 'out']) rmSync(join(copy, folder), { recursive: true, force: true });
  mkdirSync(join(copy, 'environments'));
  for (let index = 0; index < count; index++) writeFileSync(join(copy, 'environments', `team-${index}.yaml`), environmentFile(index));
  const result = run(copy, BUNDLE);
  expect(readdirSync(join(copy, 'out'))).toHaveLength(count);
  return result;
}

test('each of 1,000 environments beyond the first hundred takes at most 20 ms of CPU and 100 kB', () => {
  inCopy((copy) => {
    synthOf(copy, 1);
    // 8 or 9 ms on a machine of its own. CPU time, and the best of three: other programs take their part of the clock, and of the processor's caches.
    let cpu = Infinity;
    let memory = Infinity;
    for (let attempt = 0; attempt < 3 && (cpu > 20 || memory > 100); attempt++) {
      const [hundred, thousand] = [synthOf(copy, 100), synthOf(copy, 1000)];
      cpu = Math.min(cpu, (thousand.cpu - hundred.cpu) / 900);
      memory = Math.min(memory, (thousand.memory - hundred.memory) / 0.9);
    }
    expect(cpu).toBeLessThanOrEqual(20);
    expect(memory).toBeLessThanOrEqual(100);
  });
});
