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
