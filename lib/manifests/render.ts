import { ApiObject, App } from 'cdk8s';
import type { Environment } from '../features/environment';
import { createsNamespace } from '../features/namespace/derived';
import { profiles } from '../features/profiles';
import { NamespaceChart } from '../features/namespace/namespace-chart';
import { PlatformChart } from '../platform-chart';
import type { SecretValues } from '../kit/secrets/secret-use';
import { CLUSTER_ANNOTATION } from '../kit/workload/labels';
import { manifests, NAMESPACE_FOLDER, type Manifest } from './manifest';

/**
 * All the manifests of an environment; with `secretValues`, those of its Secrets, too. A production platform's Namespace has a folder of
 * its own, so that what is done with the platform's folder, such as `kubectl delete -f`, leaves the Namespace and all Secrets in it.
 */
export function render(environment: Environment, secretValues?: SecretValues): Manifest[] {
  const app = new App();
  if (createsNamespace(environment)) new NamespaceChart(app, environment);
  new PlatformChart(app, { environment, secretValues });
  const { cluster, profile } = environment;
  for (const construct of cluster === undefined ? [] : app.node.findAll()) {
    if (ApiObject.isApiObject(construct)) construct.metadata.addAnnotation(CLUSTER_ANNOTATION, cluster!);
  }
  return manifests(app).map((manifest) => profiles[profile].keepsNamespace && manifest.object.kind === 'Namespace'
    ? { ...manifest, file: `${NAMESPACE_FOLDER}/${manifest.file}` }
    : manifest);
}
