import { isAddress, serviceOf, type LookUp, type Peer } from './peer';

/* What the name of a server that others run tells of where it is, and what it does not. */

/** Whether the file says where a server is, so that its name need not tell. */
export function isPlaced(peer: Partial<Peer> | undefined): boolean {
  return peer?.namespace !== undefined || peer?.cidrs !== undefined;
}

/**
 * Why a network policy for a server of that name would not fit, or undefined. A name that may be a Service's would be taken for one
 * outside the cluster: every address would be let through, except the Service's pods where the network matches these by their names.
 *
 * @param setting that says where a server is, whatever its name
 */
export function problemOfName(host: string, clusterDomain: string, setting: string): string | undefined {
  return problemOf(host, clusterDomain, `where it is none, say so by ${setting}, e.g. {cidrs: [10.20.0.0/16]}`);
}

/** The same of a name that no setting places, so that one of two parts is taken for a public one where it ends as these do. */
export function problemOfPublicName(host: string, clusterDomain: string, otherwise: string): string | undefined {
  return /^[^.]+\.(com|net|org|io|ai|dev|app|cloud|info|[a-z]{2})$/.test(host) ? undefined : problemOf(host, clusterDomain, otherwise);
}

function problemOf(host: string, clusterDomain: string, otherwise: string): string | undefined {
  if (host.endsWith(`.pod.${clusterDomain}`)) return 'is the name of one pod, which has another address after its next start: write that of its Service';
  if (host.split('.').length === 2) {
    return `may be a Service and its namespace, or a host outside: where it is a Service, add .svc.${clusterDomain}; ${otherwise}`;
  }
  const foreign = foreignService(host, clusterDomain);
  return foreign && `${foreign}; ${otherwise}`;
}

/** Whether a host is the platform itself. */
export function isPlatform(host: string, from: LookUp): boolean {
  const service = serviceOf(host, from);
  return service?.name === 'mlflow' && service.namespace === from.namespace;
}

/** What is wrong with a name that is like that of a Service in a cluster of another domain, or undefined. */
function foreignService(host: string, clusterDomain: string): string | undefined {
  const [, service, domain] = /^(.+\.svc)\.(.+)$/.exec(host) ?? [];
  return service !== undefined && domain !== undefined && domain !== clusterDomain
    ? `${host} is called like a Service of a cluster whose domain is ${domain}, and clusterDomain is ${clusterDomain}: write ${service}.${clusterDomain}, or clusterDomain: ${domain}`
    : undefined;
}

/**
 * Namespaces that a host may be in, whatever the domain of the cluster, and whether it is one of two labels outside.
 *
 * @param from the namespace of whoever looks the host up
 */
export function namespacesOf(host: string, from: string): string[] {
  if (isAddress(host)) return [];
  const labels = host.split('.');
  const place = labels.indexOf('svc', 2);
  if (place > 0) return [labels[place - 1]!];
  return labels.length === 1 ? [from] : labels.length === 2 ? [labels[1]!] : [];
}

/** What tells a host from all others, however its Service's name is written, and whether each cluster may have one of that name. */
export function placeOfHost(host: string, { peer, ...from }: LookUp & { readonly peer?: Partial<Peer> }) {
  const service = serviceOf(host, from);
  // A pod's own name, such as pg-0.pg, is that of its Service.
  return { place: service ? `${service.name.split('.').at(-1)}.${service.namespace}` : host, inCluster: service !== undefined || peer?.namespace !== undefined };
}
