import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { contents } from './testing';
import { inWorkplace, LOCAL, PRODUCTION, Workplace } from './workplace';

/* What happens when the disk is full, may not be written, or is not as it should be; and when several runs write at once. */

jest.setTimeout(120_000);

const FILES = { 'local.yaml': LOCAL, 'production.yaml': PRODUCTION };
const CHANGED = { 'local.yaml': `${LOCAL}access: {mode: basic}\ntracking: {threads: 3}\n`, 'production.yaml': `${PRODUCTION}tracking: {threads: 3}\n` };

/** A shell in which somebody may mount, as root or in a namespace of users of its own. */
const MOUNTING = process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount'];
const canMount = spawnSync(MOUNTING[0]!, [...MOUNTING.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** Runs the program after some commands, whose mounts it sees; and says where a file has changed afterwards. */
function synthAfter(workplace: Workplace, commands: string) {
  const script = `
    state() { find out .secrets -type f | sort | xargs sha256sum; }
    ${commands}
    state > before
    "$@" && status=0 || status=$?
    state | diff before - >&2 || status=2
    rm before
    exit $status`;
  return workplace.synth({ by: [...MOUNTING, 'sh', '-euc', script, 'sh'] });
}

/** Each value that is rendered, and each that is kept. */
function passwords(workplace: Workplace) {
  const { environment, ...kept } = load(readFileSync(workplace.path('.secrets/local.yaml'), 'utf8')) as Record<string, Record<string, string>>;
  expect(environment).toEqual({ namespace: 'mlflow' }); // where the environment is, which is no secret
  const rendered = Object.entries(contents(workplace.path('out/local'))).filter(([file]) => file.startsWith('11-secret-')).map(([file, text]) => {
    const { data } = load(text) as { data: Record<string, string> };
    return [file.replace(/^11-secret-|-generated\.yaml$/g, ''), Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))];
  });
  return { rendered: Object.fromEntries(rendered) as Record<string, Record<string, string>>, kept };
}

/** That a run ended in a line, without a stack trace, and that nothing has changed. */
function refused(workplace: Workplace, run: () => { status: number | null; stderr: string }, line: RegExp): void {
  const before = contents(workplace.folder);
  const { status, stderr } = run();
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(status).toBe(1);
  expect(contents(workplace.folder)).toEqual(before);
}

(canMount ? describe : describe.skip)('a disk', () => {
  test.each(['out', '.secrets'])('that is full, of %s, leaves all as it was', (folder) => {
    inWorkplace(FILES, (workplace) => {
      workplace.synth();
      workplace.write(CHANGED);
      const filled = `mkdir copy; cp -a ${folder}/. copy; mount -t tmpfs -o size=4m none ${folder}; cp -a copy/. ${folder}; rm -r copy
        dd if=/dev/zero of=${folder}/filling bs=4096 2> /dev/null || true`;
      refused(workplace, () => synthAfter(workplace, filled), new RegExp(`^${folder.replace('.', '\\.')}/[\\w./-]+: the disk is full \\(ENOSPC\\): make room, and run this again\n$`));
    });
  });

  test('that can only be read leaves all as it was', () => {
    inWorkplace(FILES, (workplace) => {
      workplace.synth();
      workplace.write(CHANGED);
      for (const folder of ['out', '.secrets']) {
        refused(workplace, () => synthAfter(workplace, `mount --bind ${folder} ${folder}; mount -o remount,bind,ro ${folder}`), /^(out|\.secrets)\/[\w./@-]+: the file system can only be read \(EROFS\): make it writable, .*\n$/);
      }
    });
  });

  test('of secrets that can only be read is enough where all are there', () => {
    inWorkplace(FILES, (workplace) => {
      workplace.synth();
      expect(synthAfter(workplace, 'mount --bind .secrets .secrets; mount -o remount,bind,ro .secrets')).toMatchObject({ status: 0, stderr: '' });
    });
  });
});

/** Somebody who is stopped by the modes of files. */
const nobody = process.getuid?.() === 0 ? 65534 : undefined;

describe('a user who', () => {
  test.each([
    ['may not write the folder of manifests', 'out', 0o555], ['may not write that of an environment', 'out/local', 0o555], ['may not write that of secrets', '.secrets', 0o555],
    ['may not open that of secrets', '.secrets', 0o000], ['may not read the secrets', '.secrets/local.yaml', 0o000], ['may not open the folder of files', 'environments', 0o000],
    ['may not read a file', 'environments/local.yaml', 0o000],
  ])('%s is told so, and nothing changes', (_what, path, mode) => {
    inWorkplace(FILES, (workplace) => {
      if (nobody !== undefined) spawnSync('chown', ['-R', String(nobody), workplace.folder]);
      chmodSync(workplace.folder, 0o755);
      expect(workplace.synth({ uid: nobody })).toMatchObject({ status: 0 });
      workplace.write(CHANGED);
      const before = contents(workplace.folder);
      chmodSync(workplace.path(path), mode);
      try {
        const { status, stderr } = workplace.synth({ uid: nobody });
        expect(stderr).toMatch(/^[\w./@-]+: (cannot be read: )?this user has not the right \(EACCES\): change its owner or mode(, and run this again)?\n$/);
        expect(status).toBe(1);
      } finally {
        chmodSync(workplace.path(path), 0o755);
      }
      expect(contents(workplace.folder)).toEqual(before);
    });
  });
});

test('what others put among the manifests and closed to this user stays as it is, and stops nothing', () => {
  inWorkplace(FILES, (workplace) => {
    workplace.synth();
    const closed = ['out/theirs', 'out/production/theirs', 'out/production/18-deployment-theirs.yaml', 'out/file.yaml'];
    for (const path of closed) {
      if (path.endsWith('.yaml')) writeFileSync(workplace.path(path), 'kind: Deployment');
      else mkdirSync(workplace.path(path));
      chmodSync(workplace.path(path), 0o000);
    }
    if (nobody !== undefined) spawnSync('chown', ['-R', String(nobody), workplace.folder]);
    chmodSync(workplace.folder, 0o755);
    workplace.write({ ...CHANGED, 'third.yaml': `${LOCAL}namespace: {name: third}` });
    expect(workplace.synth({ uid: nobody })).toMatchObject({ status: 0, stderr: '' });
    for (const path of closed) expect(statSync(workplace.path(path)).mode & 0o777).toBe(0);
  });
});

describe('where a folder should be,', () => {
  test.each([['out', 'out'], ['out/local', 'out/local'], ['.secrets', '.secrets'], ['out/production/namespace', 'out/production/namespace']])('a file at %s is told of, and nothing changes', (path, told) => {
    inWorkplace(FILES, (workplace) => {
      mkdirSync(workplace.path(path, '..'), { recursive: true });
      writeFileSync(workplace.path(path), 'theirs');
      refused(workplace, () => workplace.synth(), new RegExp(`^${told.replaceAll('.', '\\.')}: a file is where a folder must be \\(ENOTDIR\\): move the file away, and run this again\n$`));
    });
  });

  test('a folder in the place of the file of secrets is told of', () => {
    inWorkplace(FILES, (workplace) => {
      mkdirSync(workplace.path('.secrets/local.yaml'), { recursive: true });
      refused(workplace, () => workplace.synth(), /^\.secrets\/local\.yaml: a folder is where a file must be \(EISDIR\): move the folder away, and run this again\n$/);
    });
  });
});

describe('four runs at once', () => {
  test.each([
    ['for the first time', '', 0], ['with some secrets that are kept', 'mlflow-database: {password: chosen}\n', 0],
    ['of which one is killed', '', 1], ['of which one is killed, with some secrets that are kept', 'mlflow-database: {password: chosen}\n', 1],
  ])('%s, end in one right state', async (_what, kept, killed) => {
    for (let round = 0; round < (killed ? 3 : 1); round++) {
      await inWorkplaceAsync(FILES, async (workplace) => {
        if (kept) {
          mkdirSync(workplace.path('.secrets'));
          writeFileSync(workplace.path('.secrets/local.yaml'), kept);
        }
        const runs = Array.from({ length: 4 }, () => workplace.start());
        const ends = runs.map((run) => new Promise<number | null>((resolve) => { run.on('exit', resolve); }));
        for (const run of runs.slice(0, killed)) setTimeout(() => run.kill('SIGKILL'), 300 + 300 * round);
        expect((await Promise.all(ends)).slice(killed)).toEqual(runs.slice(killed).map(() => 0));

        const { rendered, kept: values } = passwords(workplace);
        expect(rendered).toEqual(values);
        expect(Object.keys(rendered)).toHaveLength(5);
        const left = Object.entries(contents(workplace.folder)).filter(([file]) => !file.includes('.lock')); // what a run left that was killed while it waited, or while it was the last to write
        expect(workplace.synth()).toMatchObject({ status: 0 });
        expect(contents(workplace.folder)).toEqual(Object.fromEntries(left));
      });
    }
  });
});

/** As `inWorkplace`, for what takes its time. */
async function inWorkplaceAsync(files: Record<string, string>, use: (workplace: Workplace) => Promise<void>): Promise<void> {
  const workplace = new Workplace(mkdtempSync(join(tmpdir(), 'mlflow-platform-')));
  workplace.write(files);
  try {
    await use(workplace);
  } finally {
    rmSync(workplace.folder, { recursive: true });
  }
}
