import { InvalidEnvironments } from './lib/kit/problem';
import { fileTrouble } from './lib/kit/files/trouble';
import { synthesize } from './lib/manifests/synthesize';

/** Names of the environments to render; by default all. */
const names = (process.env.ENVIRONMENTS ?? '').split(',').map((name) => name.trim()).filter(Boolean);

try {
  const places = { environments: 'environments', secrets: '.secrets', output: process.env.CDK8S_OUTDIR ?? 'dist' };
  console.log(synthesize(places, names.length ? names : undefined));
} catch (error) {
  const known = error instanceof InvalidEnvironments ? error : fileTrouble(error);
  if (!known) throw error;
  console.error(known.message);
  process.exitCode = 1;
}
