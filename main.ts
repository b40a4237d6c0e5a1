import { join, relative } from 'node:path';
import { cookieSecrets } from './lib/environment/entrances';
import { loadEnvironments } from './lib/environment/load';
import { InvalidEnvironments } from './lib/environment/problem';
import { render } from './lib/manifests/render';
import { summary, summaryRow } from './lib/manifests/summary';
import { writeManifests } from './lib/manifests/write';
import { generatedSecrets } from './lib/secrets/generated-secrets';

/** Where `cdk8s synth` wants the manifests. */
const output = process.env.CDK8S_OUTDIR ?? 'dist';

/** Names of the environments to render; by default all. */
const names = (process.env.ENVIRONMENTS ?? '').split(',').map((name) => name.trim()).filter(Boolean);

try {
  const environments = loadEnvironments('environments', names.length ? names : undefined).map((environment) => ({
    environment,
    secrets: environment.profile === 'local' ? generatedSecrets('.secrets', environment.name, cookieSecrets(environment)) : undefined,
  }));
  // All of them are right, so now they are written: one at a time, for the memory of a thousand to be that of one.
  const rows = environments.map(({ environment, secrets }) => {
    const folder = relative('.', join(output, environment.name));
    const manifests = render(environment, secrets);
    writeManifests(folder, manifests, !!secrets);
    return summaryRow({ environment, manifests, folder });
  });
  console.log(summary(rows));
} catch (error) {
  if (!(error instanceof InvalidEnvironments)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
