import type { KubernetesObject } from '../../../lib/manifests/manifest';
import { find, secretFiles, type Workload } from '../../testing';
import type { Pod } from './pod';

/**
 * Starts the program of a rendered Deployment as Kubernetes would: with its arguments, its pod's address in them, and its files.
 *
 * @param secrets values of the Secrets that it reads: `Secret/key` to value
 * @param change of its arguments, for what takes too long otherwise
 */
export function startContainer(pod: Pod, objects: readonly KubernetesObject[], deployment: string, program: string,
  { secrets = {}, change = (argument) => argument }: { secrets?: Record<string, string>; change?: (argument: string) => string } = {}) {
  const { containers: [container], ...spec } = (find(objects, 'Deployment', deployment) as Workload).spec.template.spec;
  const mounts = container!.volumeMounts ?? [];
  const here = (text: string) => mounts.reduce((changed, { mountPath }) => changed.replaceAll(`${mountPath}/`, `${pod.folder}${mountPath}/`), text)
    .replaceAll('$(POD_IP)', pod.address);
  for (const { name, mountPath } of mounts) {
    const { configMap } = spec.volumes!.find((volume) => volume.name === name)!;
    const data = configMap ? find(objects, 'ConfigMap', configMap.name).data as Record<string, string> : {};
    for (const { key, path } of configMap?.items ?? []) pod.write(`${mountPath}/${path}`, here(data[key]!));
    for (const [key, path] of Object.entries(secretFiles({ containers: [], ...spec }, name))) pod.write(`${mountPath}/${path}`, secrets[key] ?? '');
  }
  const variables = (container!.env ?? []).map(({ name, value = pod.address }) => `${name}=${value}`); // the address is all that comes from elsewhere
  return pod.start('env', ...variables, program, ...container!.args!.map((argument) => change(here(argument))));
}
