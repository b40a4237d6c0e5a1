import type { KubernetesObject } from '../lib/manifests/manifest';
import { render } from '../lib/manifests/render';
import { allContainers, environment, podOf, type Container, type Pod } from './testing';

/* What an environment file decides, given as the inside of a YAML mapping. */

export const DATABASE = 'database: {provider: external, host: db}';

/** The least of a production environment. */
export const EXTERNAL = `${DATABASE}, artifactStore: {provider: minio, endpoint: "http://minio:9000"}`;

export function decided(text: string): KubernetesObject[] {
  return render(environment(`{${text}}`)).map(({ object }) => object);
}

/** Kind and name of each object, except the hashes. */
export function namesOf(text: string): string[] {
  return decided(text).map(({ kind, metadata }) => `${kind}/${metadata.name.replace(/-[0-9a-f]{8}$/, '')}`);
}

/** The tracking server's container. */
export function serverOf(text: string): Container {
  return podOf(decided(text), 'Deployment').containers[0]!;
}

/** Each `kind/name.key` that a pod reads: of ConfigMaps, Secrets and claims. */
export function references(pod: Pod): string[] {
  const keys = (kind: string, { name, items }: { name: string; items?: readonly { key: string }[] }) =>
    items ? items.map(({ key }) => `${kind}/${name}.${key}`) : [`${kind}/${name}`];
  return [
    ...(pod.volumes ?? []).flatMap(({ configMap, persistentVolumeClaim, projected }) => [
      ...configMap ? keys('ConfigMap', configMap) : [],
      ...persistentVolumeClaim ? [`PersistentVolumeClaim/${persistentVolumeClaim.claimName}`] : [],
      ...projected ? projected.sources.flatMap(({ secret }) => keys('Secret', secret)) : [],
    ]),
    ...allContainers(pod).flatMap(({ envFrom = [] }) => envFrom.flatMap(({ configMapRef }) => configMapRef ? keys('ConfigMap', configMapRef) : [])),
  ];
}
