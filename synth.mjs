import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/** @param {string} folder */
function typescriptIn(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).sort().map((file) => join(folder, file));
}

/** Of all that a bundle is made from. The last file is where npm keeps what it has installed. */
function digest() {
  const hash = createHash('sha256').update(root);
  const files = ['synth.mjs', 'main.ts', ...typescriptIn('lib'), ...typescriptIn('imports'), 'package.json', 'tsconfig.json', 'node_modules/.package-lock.json'];
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes a file at once: another run may be reading it.
 *
 * @param {string} file
 * @param {Uint8Array} content
 */
function write(file, content) {
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}

async function bundle() {
  const { build } = await import('esbuild');
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

const name = digest();
const file = join(bundles, `${name}.js`);
let source = readIfThere(file);
if (!source) {
  source = await bundle();
  mkdirSync(bundles, { recursive: true });
  write(file, source);
  const old = readdirSync(bundles).filter((each) => /\.(js|compiled)$/.test(each) && !each.startsWith(name)); // not what another run is writing
  for (const each of old) rmSync(join(bundles, each), { force: true });
}
const compiled = join(bundles, `${name}.compiled`);
const cachedData = readIfThere(compiled);
// As Latin-1, which takes half of the memory: esbuild escapes all other letters, except in comments.
const script = new Script(source.toString('latin1'), { filename: file, cachedData });
Object.assign(globalThis, { require: createRequire(import.meta.url) });
script.runInThisContext();
if (!cachedData || script.cachedDataRejected) write(compiled, script.createCachedData());
