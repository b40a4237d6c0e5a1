import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUNDLE, INSTALLED, inCopy, run } from './copy';
import { contents } from './testing';

const TSX = pathToFileURL(require.resolve('tsx')).href;

jest.setTimeout(60_000);

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
