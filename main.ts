import { join, relative } from 'node:path';
import { loadEnvironments } from './lib/environment/load';
import { InvalidEnvironments } from './lib/environment/problem';
import { render } from './lib/manifests/render';
import { summary } from './lib/manifests/summary';
import { writeManifests } from './lib/manifests/write';
import { generatedSecrets } from './lib/secrets/generated-secrets';

/** Where `cdk8s synth` wants the manifests. */
const output = process.env.CDK8S_OUTDIR ?? 'dist';

/** Names of the environments to render; by default all. */
const names = (process.env.ENVIRONMENTS ?? '').split(',').map((name) => name.trim()).filter(Boolean);

try {
  const rendered = loadEnvironments('environments', names.length ? names : undefined).map((environment) => {
    const secrets = environment.profile === 'local' ? generatedSecrets('.secrets', environment.name) : undefined;
    return { environment, folder: relative('.', join(output, environment.name)), manifests: render(environment, secrets), secret: !!secrets };
  });
  // Written only now, when all of them are right.
  for (const { folder, manifests, secret } of rendered) writeManifests(folder, manifests, secret);
  console.log(summary(rendered));
} catch (error) {
  if (!(error instanceof InvalidEnvironments)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
