import fs from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { synthesize } from '../../lib/manifests/synthesize';
import type { Places } from '../../lib/manifests/left-behind';
import { contents, inTemporaryFolder } from '../testing';

const LOCAL = 'profile: local\n';
const PRODUCTION = 'namespace: {name: production}\ndatabase: {provider: external, host: db.example.com}\nartifactStore: {provider: s3}\nnetwork: {clients: [{namespace: training}]}\n';

/** What changes the disk. */
const WRITING = ['mkdirSync', 'openSync', 'writeSync', 'closeSync', 'writeFileSync', 'renameSync', 'rmSync', 'rmdirSync', 'chmodSync'] as const;

function inWorkplace(files: Record<string, string>, use: (places: Places, folder: string) => void): void {
  inTemporaryFolder((folder) => {
    const places = { environments: join(folder, 'environments'), secrets: join(folder, '.secrets'), output: join(folder, 'dist') };
    fs.mkdirSync(places.environments);
    write(places, files);
    use(places, folder);
  });
}

function write(places: Places, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(join(places.environments, name), text);
}

/** Runs a synthesis that loses its life, and so the disk, at the n-th step that would change it; tells whether it came so far. */
function killedAt(step: number, run: () => void): boolean {
  let steps = 0;
  const mocks = WRITING.map((name) => {
    const original = fs[name] as (...args: unknown[]) => unknown;
    return jest.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      if (++steps >= step) throw new Error('killed');
      return original(...args);
    }) as never);
  });
  try {
    run();
  } catch (error) {
    expect((error as Error).message).toBe('killed');
  } finally {
    mocks.forEach((mock) => { mock.mockRestore(); });
  }
  return steps >= step;
}

/** Runs a synthesis as another process than the one before, which is dead. */
function nextRun(places: Places): void {
  const kill = jest.spyOn(process, 'kill').mockImplementation(() => { throw Object.assign(new Error(), { code: 'ESRCH' }); });
  try {
    synthesize(places);
  } finally {
    kill.mockRestore();
  }
}

/** The files that kubectl and Git would see, and what is in them. */
function visible(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(contents(folder)).filter(([file]) => !/(^|\/)\.[^/]+\.new$|\.lock/.test(file)));
}

/** Each password that is in the manifests, and the same as it is kept. */
function passwords(places: Places) {
  const kept = fs.existsSync(join(places.secrets, 'local.yaml')) ? load(fs.readFileSync(join(places.secrets, 'local.yaml'), 'utf8')) as Record<string, Record<string, string>> : {};
  const manifests = Object.entries(visible(join(places.output, 'local'))).filter(([file]) => file.startsWith('11-secret-'));
  return manifests.map(([file, text]) => {
    const { data } = load(text) as { data: Record<string, string> };
    const rendered = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
    return { file, rendered, kept: kept[file.replace(/^11-secret-|-generated\.yaml$/g, '')] };
  });
}

describe.each<[string, Record<string, string>, Record<string, string>]>([
  ['its first', {}, { 'local.yaml': LOCAL, 'production.yaml': PRODUCTION }],
  ['one that changes files, makes a new Secret and removes others', { 'local.yaml': `${LOCAL}ingress: {hosts: [a.example.com]}\n`, 'production.yaml': PRODUCTION },
    { 'local.yaml': `${LOCAL}access: {mode: basic}\n`, 'production.yaml': `${PRODUCTION}tracking: {threads: 3}\n` }],
])('a run that is killed at whatever moment, %s,', (_which, before, after) => {
  test('leaves whole files, of the old state or the new, and passwords that are kept; and the next run mends the rest', () => {
    const tryAt = (step: number) => {
      let came = false;
      inWorkplace({ ...before, ...after }, (places, folder) => {
        if (Object.keys(before).length) {
          write(places, before);
          synthesize(places);
        }
        const old = visible(folder);
        write(places, after);
        came = killedAt(step, () => synthesize(places));
        const left = visible(folder);
        const secrets = fs.existsSync(join(places.output, 'local')) ? passwords(places) : [];

        nextRun(places);
        const mended = visible(folder);
        expect(contents(folder)).toEqual(mended); // nothing is left over
        expect(Object.keys(mended)).toEqual(expect.arrayContaining(['dist/production/18-deployment-mlflow.yaml', '.secrets/local.yaml']));
        for (const [file, content] of Object.entries(left)) expect([file, [old[file], mended[file]].includes(content)]).toEqual([file, true]);
        for (const { file, rendered, kept } of secrets) expect([file, kept]).toEqual([file, rendered]);
        for (const { rendered, kept } of passwords(places)) expect(kept).toEqual(rendered);
      });
      return came;
    };
    for (let step = 1; tryAt(step); step += step < 12 ? 1 : 17);
  });
});

test('until all is written, nothing has changed', () => {
  inWorkplace({ 'local.yaml': LOCAL, 'production.yaml': PRODUCTION }, (places) => {
    synthesize(places);
    const old = contents(places.output);
    write(places, { 'local.yaml': `${LOCAL}tracking: {threads: 3}\n`, 'production.yaml': `${PRODUCTION}tracking: {threads: 3}\n` });
    const staged = jest.spyOn(fs, 'writeSync').mockImplementation(() => { throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' }); });
    try {
      expect(() => synthesize(places)).toThrow(/dist\/local\/12-configmap-mlflow\.yaml: the disk is full \(ENOSPC\): make room, and run this again$/);
    } finally {
      staged.mockRestore();
    }
    expect(contents(places.output)).toEqual(old);
  });
});
