import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/*
 * Runs main.ts as a bundle: the program and its libraries in one file, with what V8 compiled of it at its first run. It starts in a
 * third of the time that main.ts itself takes. The bundle is named by a hash of all that it is made from, and made when there is none
 * of that name: so an old one is never run.
 */

const root = dirname(fileURLToPath(import.meta.url));
const bundles = join(root, 'node_modules/.cache/synth');

/** Where npm keeps what it has installed. */
const INSTALLED = 'node_modules/.package-lock.json';

/** @param {string} folder */
function typescriptIn(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).sort().map((file) => join(folder, file));
}

/** Of all that a bundle is made from. */
function digest() {
  const hash = createHash('sha256').update(root);
  const files = ['synth.mjs', 'main.ts', ...typescriptIn('lib'), ...typescriptIn('imports'), 'package.json', 'tsconfig.json', INSTALLED];
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/**
 * Writes a file at once: another run may be reading it. Without it, as on a full disk or in a folder of somebody else's, the next run only
 * takes longer.
 *
 * @param {string} file
 * @param {Uint8Array} content
 */
function write(file, content) {
  const own = `${file}.${process.pid}`;
  try {
    mkdirSync(bundles, { recursive: true });
    writeFileSync(own, content);
    renameSync(own, file);
  } catch {
    tryTo(() => { rmSync(own, { force: true }); });
  }
}

/** @param {() => void} action */
function tryTo(action) {
  try {
    action();
  } catch {
    // The next run tries again.
  }
}

/** Removes bundles of other sources, but not what another run is writing. */
function removeOld() {
  const old = readdirSync(bundles).filter((each) => /\.(js|compiled)$/.test(each) && !each.startsWith(name));
  for (const each of old) rmSync(join(bundles, each), { force: true });
}

/**
 * @param {string} what
 * @returns {never}
 */
function needLibraries(what) {
  console.error(`${root}: ${what} is not there: install the libraries by npm ci, and run this again`);
  process.exit(1);
}

async function bundle() {
  const { build } = await import('esbuild').catch(() => needLibraries('node_modules/esbuild'));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['main.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'iife',
    logLevel: 'warning',
    plugins: [{
      name: 'scripts are read where they are',
      setup(building) {
        building.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
          loader: 'ts', contents: readFileSync(path, 'utf8').replaceAll('__dirname', JSON.stringify(dirname(path))),
        }));
      },
    }],
  });
  return Buffer.concat(outputFiles.map(({ contents }) => contents));
}

if (!existsSync(join(root, INSTALLED))) needLibraries(INSTALLED);
const name = digest();
const file = join(bundles, `${name}.js`);
let source = readIfThere(file);
if (!source) {
  source = await bundle();
  write(file, source);
  tryTo(removeOld);
}
const compiled = join(bundles, `${name}.compiled`);
const cachedData = readIfThere(compiled);
// As Latin-1, which takes half of the memory: esbuild escapes all other letters, except in comments.
const script = new Script(source.toString('latin1'), { filename: file, cachedData });
Object.assign(globalThis, { require: createRequire(import.meta.url) });
script.runInThisContext();
if (!cachedData || script.cachedDataRejected) write(compiled, script.createCachedData());
