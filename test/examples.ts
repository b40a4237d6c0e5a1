import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../lib/features/environment';
import type { Manifest } from '../lib/manifests/manifest';
import { render } from '../lib/manifests/render';
import { load } from './environment/refused';
import { secretValues } from './testing';

const FOLDER = join(__dirname, '../examples');

/** An environment file that people copy. */
export interface Example {
  readonly file: string;
  readonly text: string;
  readonly environment: Environment;
  readonly warnings: readonly string[];
  readonly manifests: readonly Manifest[];
}

/** All examples, each read as the only file of its folder: they share a namespace, and nobody copies all of them. */
export const examples: readonly Example[] = readdirSync(FOLDER).sort().map((file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const { environments: [environment], lines, warnings } = load({ [file]: text });
  if (!environment) throw new Error(lines.join('\n'));
  const manifests = render(environment, environment.profile === 'local' ? secretValues : undefined);
  return { file, text, environment, warnings, manifests };
});
