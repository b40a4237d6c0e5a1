import { App } from 'cdk8s';
import type { Environment } from '../environment/environment';
import { NamespaceChart, PlatformChart } from '../platform-chart';
import type { SecretValues } from '../secrets/generated-secrets';
import { manifests, type Manifest } from './manifest';

/** All the manifests of an environment; with `secretValues`, those of its Secrets, too. */
export function render(environment: Environment, secretValues?: SecretValues): Manifest[] {
  const app = new App();
  if (environment.namespace.create) new NamespaceChart(app, environment);
  new PlatformChart(app, { environment, secretValues });
  return manifests(app);
}
