import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder, removeWhereEmpty } from './folders';
import { FileTrouble } from './trouble';

/** Seconds that a run waits for another: many times what thousand environments take. */
const PATIENCE = 60;

/** Seconds after which the mark of a run on another machine, which nobody here can ask, counts as left behind. */
const LONGEST_RUN = 600;

/** How often in a row another run may remove the folder. */
const ATTEMPTS = 100;

const LOCK = '.lock';

/**
 * Runs `use` while no other run uses the folder, which is made where it is missing. A run that was killed keeps nobody waiting.
 *
 * The lock is a folder with one file in it, named after its owner: to rename a folder over one that has something in it fails, so only
 * one run gets its own there; and to remove the file of a dead owner, by its name, can never remove that of another.
 *
 * @param mode of the folder; default: what the user's umask allows
 */
export function withLock<T>(folder: string, use: () => T, mode?: number): T {
  const lock = join(folder, LOCK);
  const owner = `${process.pid}@${hostname()}`;
  const own = `${lock}.${owner}`;
  const made = makeOwn(folder, own, mode);
  try {
    writeFileSync(join(own, owner), '');
    take(lock, own);
    removeLeftOver(folder);
    return use();
  } finally {
    rmSync(join(lock, owner), { force: true });
    rmSync(own, { recursive: true, force: true });
    removeWhereEmpty(lock);
    made.forEach(removeWhereEmpty);
  }
}

/** Whether a run has the lock of a folder, or left something of it. */
export function isLocked(folder: string): boolean {
  return entries(folder).some((name) => name.startsWith(LOCK));
}

/**
 * Makes the folder, and in it the one that is to become the lock. Another run that had made the folder, and put nothing into it, may remove the
 * folder in between.
 *
 * @returns the folders that were not there before
 */
function makeOwn(folder: string, own: string, mode?: number): string[] {
  const made: string[] = [];
  for (let attempt = 1; ; attempt++) {
    made.push(...makeFolder(folder, mode));
    try {
      mkdirSync(own);
      return made;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return made; // left by a run that was killed, whose number is now this one's
      if (code !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}

function take(lock: string, own: string): void {
  const end = Date.now() + PATIENCE * 1000;
  while (!rename(own, lock)) {
    const owners = entries(lock);
    for (const owner of owners.filter((each) => isDead(lock, each))) rmSync(join(lock, owner), { force: true });
    if (Date.now() > end) {
      throw new FileTrouble(lock, `another run (${owners.join(', ')}) has been writing for ${PATIENCE} s: wait for its end, or remove this folder if it has none`);
    }
    sleep(20);
  }
}

/** What runs left that were killed before they had the lock. */
function removeLeftOver(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each.startsWith(`${LOCK}.`))) {
    if (isDead(folder, name.slice(LOCK.length + 1), name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Whether the one folder took the place of the other, which it does where that is empty or not there. */
function rename(own: string, lock: string): boolean {
  try {
    renameSync(own, lock);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function entries(lock: string): string[] {
  try {
    return readdirSync(lock);
  } catch {
    return []; // it is not there, or no more
  }
}

/** @param mark what the owner made in the folder; its own name by default */
function isDead(folder: string, owner: string, mark = owner): boolean {
  const [pid, host] = owner.split('@');
  if (host !== hostname()) {
    const started = statSync(join(folder, mark), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    return Date.now() - started > LONGEST_RUN * 1000;
  }
  try {
    process.kill(Number(pid), 0);
    return isZombie(pid!);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Whether a process has ended, and only its parent has not asked yet how, as Linux tells it. */
function isZombie(pid: string): boolean {
  try {
    return /^.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Milliseconds. */
function sleep(time: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time);
}
