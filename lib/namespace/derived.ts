import { CONTROLLERS, GATEWAY_NAMESPACE } from '../access/controllers';
import { storeAddress } from '../artifact-store/bucket';
import type { EnvironmentSpec } from '../environment/environment';
import { PROMETHEUS, serviceOf } from '../network/peer';

/** Namespaces that come with the cluster, and with OpenShift. */
const OF_CLUSTER = /^(default|kube-.*|openshift|openshift-.*)$/;

/** Whether the manifests hold the Namespace. */
export function createsNamespace(environment: EnvironmentSpec): boolean {
  return environment.namespace.create ?? othersInNamespace(environment) === undefined;
}

/** Who else is in the environment's namespace, as far as the file says, or undefined: to label or to delete it would be to do so to them. */
export function othersInNamespace(environment: EnvironmentSpec): string | undefined {
  const { name } = environment.namespace;
  return OF_CLUSTER.test(name) ? 'comes with the cluster' : others(environment).find(([namespace]) => namespace === name)?.[1];
}

/** The values that these read. */
export const OTHERS_READ = ['namespace', 'clusterDomain', 'database', 'artifactStore', 'gateway', 'ingress', 'metrics', 'network'];

/** Namespaces that the file says others are in, and who. */
function others(environment: EnvironmentSpec): (readonly [namespace: string | undefined, who: string])[] {
  const { namespace, clusterDomain, database, artifactStore, gateway, ingress, metrics, network } = environment;
  const namespaceOf = (host: string) => serviceOf(host, { namespace: namespace.name, clusterDomain })?.namespace;
  const controllers = network.ingressController ? [network.ingressController] : ingress ? CONTROLLERS[ingress.controller] : [];
  return [
    [database.provider === 'external' ? namespaceOf(database.host) : undefined, 'is that of the database'],
    [network.database?.namespace, 'is that of the database'],
    [artifactStore.provider === 'embedded' ? undefined : namespaceOf(storeAddress(artifactStore).host), 'is that of the object store'],
    [network.objectStore?.namespace, 'is that of the object store'],
    ...controllers.map(({ namespace: each }) => [each, 'is that of the ingress controller'] as const),
    [gateway && GATEWAY_NAMESPACE, 'is that of the gateway\'s proxies'],
    [network.prometheus?.namespace ?? (metrics.serviceMonitor ? PROMETHEUS.namespace : undefined), 'is that of Prometheus'],
    ...(network.dns ?? []).map((peer) => [peer.namespace, 'is that of the cluster\'s DNS'] as const),
  ];
}
