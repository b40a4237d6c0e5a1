import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporaryFolder } from './testing';

const ROOT = join(__dirname, '..');

/** Where npm says what it has installed. */
export const INSTALLED = '.package-lock.json';

/** With an audience that is nobody's placeholder: a warning would be printed of that. */
export const PRODUCTION = readFileSync(join(ROOT, 'environments/production.yaml'), 'utf8').replace('0'.repeat(64), '1a'.repeat(32));

/** A copy of the program, with the same libraries and a cache of its own. */
export function inCopy(use: (copy: string) => void): void {
  inTemporaryFolder((copy) => {
    for (const part of ['synth.mjs', 'main.ts', 'cdk8s.yaml', '.npmrc', 'lib', 'imports', 'environments', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    mkdirSync(join(copy, 'node_modules'));
    for (const entry of readdirSync(join(ROOT, 'node_modules')).filter((name) => !['.cache', INSTALLED].includes(name))) {
      symlinkSync(join(ROOT, 'node_modules', entry), join(copy, 'node_modules', entry));
    }
    cpSync(join(ROOT, 'node_modules', INSTALLED), join(copy, 'node_modules', INSTALLED));
    writeFileSync(join(copy, 'environments/production.yaml'), PRODUCTION);
    use(copy);
  });
}

/** How people run it. */
export const BUNDLE = ['synth.mjs'];

/** Runs a synthesis, and tells what it took: milliseconds of CPU, except the system's part, which writes the files, and MB. */
export function run(copy: string, program: readonly string[]) {
  const report = 'data:text/javascript,process.on("exit",()=>process.stderr.write(JSON.stringify(process.resourceUsage())))';
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', report, ...program], {
    cwd: copy, encoding: 'utf8', env: { PATH: process.env.PATH, CDK8S_OUTDIR: 'out' },
  });
  const [, message, usage] = /^([^]*?)(\{[^{]*\})?$/.exec(stderr)!;
  expect({ status, message }).toEqual({ status: 0, message: '' });
  const { userCPUTime, maxRSS } = JSON.parse(usage!) as NodeJS.ResourceUsage;
  return { stdout, cpu: userCPUTime / 1000, memory: maxRSS / 1024 };
}
