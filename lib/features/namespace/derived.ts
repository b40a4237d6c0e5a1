import { CONTROLLERS, GATEWAY_NAMESPACE } from '../access/controllers';
import { storeAddress } from '../artifact-store/bucket';
import type { EnvironmentSpec } from '../environment';
import { namespacesOf } from '../../kit/network/places';
import { prometheusOf } from '../observability/prometheus';

/** Namespaces that come with the cluster, and with OpenShift. */
const OF_CLUSTER = /^(default|kube-.*|openshift|openshift-.*|gke-.*|gmp-.*)$/;

/** Namespaces that parts of a cluster have by their own instructions. */
const OF_PARTS = /^(calico-.*|tigera-.*|cilium.*|ingress|ingress-.*|traefik|traefik-.*|envoy-gateway-system|istio-.*|linkerd.*|cert-manager|metallb-system|rook-ceph|longhorn-system|cattle-.*|argocd|argo-.*|flux-system|external-secrets|sealed-secrets|monitoring|prometheus)$/;

/** Whether the manifests hold the Namespace. */
export function createsNamespace(environment: EnvironmentSpec): boolean {
  return environment.namespace.create ?? othersInNamespace(environment) === undefined;
}

/** Who else is in the environment's namespace, as far as the file says, or undefined: to label or to delete it would be to do so to them. */
export function othersInNamespace(environment: EnvironmentSpec): string | undefined {
  const { name } = environment.namespace;
  if (OF_CLUSTER.test(name)) return 'comes with the cluster';
  return others(environment).find(([namespace]) => namespace === name)?.[1] ?? (OF_PARTS.test(name) ? 'is by its name that of a part of the cluster' : undefined);
}

/** The values that these read. */
export const OTHERS_READ = ['namespace', 'database', 'artifactStore', 'gateway', 'ingress', 'metrics', 'network'];

/** Namespaces that the file says others are in, and who. */
function others(environment: EnvironmentSpec): (readonly [namespace: string | undefined, who: string])[] {
  const { namespace, database, artifactStore, gateway, ingress, metrics, network } = environment;
  const of = (host: string | undefined, who: string) =>
    host === undefined ? [] : namespacesOf(host, namespace.name).map((each) => [each, who] as const);
  const controllers = network.ingressController ? [network.ingressController] : ingress ? CONTROLLERS[ingress.controller] : [];
  return [
    ...of(database.provider === 'external' ? database.host : undefined, 'is that of the database'),
    [network.database?.namespace, 'is that of the database'],
    ...of(artifactStore.provider === 'embedded' ? undefined : storeAddress(artifactStore).host, 'is that of the artifact store'),
    [network.objectStore?.namespace, 'is that of the artifact store'],
    ...controllers.map(({ namespace: each }) => [each, 'is that of the ingress controller'] as const),
    [gateway && GATEWAY_NAMESPACE, 'is that of the gateway\'s proxies'],
    [prometheusOf({ network, metrics })?.namespace, 'is that of Prometheus'],
    ...network.clients.map((peer) => [peer.namespace, 'is that of clients, by network.clients'] as const),
    ...network.destinations.flatMap((peer) => [[peer.namespace, 'is that of a destination'] as const, ...of(peer.host, 'is that of a destination')]),
    ...(network.dns ?? []).map((peer) => [peer.namespace, 'is that of the cluster\'s DNS'] as const),
  ];
}
