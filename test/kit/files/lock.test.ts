import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from '../../../lib/kit/files/lock';
import { inTemporaryFolder } from '../../testing';

const TSX = pathToFileURL(require.resolve('tsx')).href;
const LOCK = join(__dirname, '../../../lib/kit/files/lock.ts');

jest.setTimeout(60_000);

/** A process that is gone. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

function leave(folder: string, owner: string): void {
  mkdirSync(join(folder, '.lock'), { recursive: true });
  writeFileSync(join(folder, '.lock', owner), '');
}

test('it returns what was done, and nothing of it stays', () => {
  inTemporaryFolder((folder) => {
    expect(withLock(folder, () => {
      expect(readdirSync(join(folder, '.lock'))).toEqual([`${process.pid}@${hostname()}`]);
      return 7;
    })).toBe(7);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a folder that it made goes again where nothing was put into it, also when something failed', () => {
  inTemporaryFolder((folder) => {
    expect(() => withLock(join(folder, 'new'), () => { throw new Error('failed'); })).toThrow('failed');
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });
});

test('one run at a time uses the folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-'));
  const log = join(folder, 'log');
  const program = `
    const { appendFileSync } = require('node:fs');
    const { withLock } = require(${JSON.stringify(LOCK)});
    for (let time = 0; time < 20; time++) withLock(${JSON.stringify(join(folder, 'dist'))}, () => {
      appendFileSync(${JSON.stringify(log)}, process.pid + ' begins\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      appendFileSync(${JSON.stringify(log)}, process.pid + ' ends\\n');
    });`;
  const ends = await Promise.all(Array.from({ length: 4 }, () => new Promise<number | null>((resolve) => {
    spawn(process.execPath, ['--import', TSX, '-e', program], { stdio: 'inherit' }).on('exit', resolve);
  })));
  expect(ends).toEqual([0, 0, 0, 0]);
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(4 * 20 * 2);
  expect(lines.filter((line, index) => index % 2 === 1 && line !== lines[index - 1]!.replace('begins', 'ends'))).toEqual([]);
  expect(readdirSync(folder, { recursive: true }).filter((file) => file !== 'dist')).toEqual(['log']);
  rmSync(folder, { recursive: true });
});

describe('nobody waits for a run that', () => {
  test('was killed with the lock, or on its way to it', () => {
    inTemporaryFolder((folder) => {
      const dead = `${deadPid()}@${hostname()}`;
      leave(folder, dead);
      mkdirSync(join(folder, `.lock.${dead}`));
      expect(withLock(folder, () => 7)).toBe(7);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  (process.platform === 'linux' ? test : test.skip)('has ended, though nobody has asked yet how', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-'));
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] }); // which never asks
    try {
      const [line] = await once(parent.stdout, 'data') as [Buffer];
      const pid = line.toString().trim();
      while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await new Promise((resolve) => setTimeout(resolve, 10));
      leave(folder, `${pid}@${hostname()}`);
      expect(withLock(folder, () => 7)).toBe(7);
    } finally {
      parent.kill();
      rmSync(folder, { recursive: true });
    }
  });

  test('began ten minutes ago on another machine, such as a container that is gone', () => {
    inTemporaryFolder((folder) => {
      leave(folder, '1@elsewhere');
      utimesSync(join(folder, '.lock/1@elsewhere'), Date.now() / 1000, Date.now() / 1000 - 601);
      expect(withLock(folder, () => 7)).toBe(7);
      expect(readdirSync(folder)).toEqual([]);
    });
  });
});

test('after a minute somebody who waits is told for which run, and what to do', () => {
  inTemporaryFolder((folder) => {
    leave(folder, '1@elsewhere');
    const start = Date.now();
    let now = start;
    jest.spyOn(Date, 'now').mockImplementation(() => now += 20_000);
    try {
      expect(() => withLock(folder, () => 7)).toThrow(
        `${folder}/.lock: another run (1@elsewhere) has been writing for 60 s: wait for its end, or remove this folder if it has none`);
    } finally {
      jest.restoreAllMocks();
    }
    expect(readdirSync(join(folder, '.lock'))).toEqual(['1@elsewhere']);
  });
});
