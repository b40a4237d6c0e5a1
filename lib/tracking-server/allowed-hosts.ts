/** The port that the tracking server and its Service listen on. */
export const PORT = 5000;

export interface ReachableBy {
  /** Name of the Service. */
  readonly service: string;
  readonly namespace: string;
  readonly clusterDomain: string;
  /** Hosts of the ways in. */
  readonly hosts: readonly string[];
  /** Whether the server may also be reached by port-forward and by addresses: for local use. */
  readonly anyAddress: boolean;
  /** Port on every node, where there is one. */
  readonly nodePort?: number;
}

/** What MLflow itself allows where nothing is said, but for its glob of private addresses, which also matches 10.example.com. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The Host headers that MLflow shall answer. A list replaces MLflow's own, and an entry is compared with the whole header, port
 * included, so every name is there with and without. The pod's own address, which Prometheus and the probes send, is added where it is
 * known: in the pod.
 *
 * @see mlflow/server/security_utils.py, `is_allowed_host_header`
 */
export function allowedHosts({ service, namespace, clusterDomain, hosts, anyAddress, nodePort }: ReachableBy): string[] {
  const names = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, `${service}.${namespace}.svc.${clusterDomain}`];
  return [
    ...names.flatMap((name) => [name, `${name}:${PORT}`]),
    ...hosts.flatMap((host) => [host, `${host}:80`, `${host}:443`]),
    ...(nodePort ? hosts.map((host) => `${host}:${nodePort}`) : []),
    ...(anyAddress ? LOCAL_HOSTS.flatMap((host) => [host, `${host.replace('[', '[[]')}:*`]) : []),
    ...(anyAddress && nodePort ? [`*:${nodePort}`] : []),
  ];
}

/** The pod's own address in a Host header, for a container whose variable POD_IP holds it: plain, as of IPv6, with and without port. */
export const ownAddress = ['$(POD_IP)', `$(POD_IP):${PORT}`, '[$(POD_IP)]', `[$(POD_IP)]:${PORT}`];

/** A host that people's browsers show. */
export interface PageHost {
  readonly host: string;
  /** Whether by https. */
  readonly encrypted: boolean;
}

/**
 * The origins whose pages may change something: the server's own. Browsers send an Origin with every POST, also to the page's own host,
 * and MLflow refuses any that is not listed, but for those on localhost.
 */
export function corsOrigins({ pages, anyAddress, nodePort }: { readonly pages: readonly PageHost[] } & Pick<ReachableBy, 'anyAddress' | 'nodePort'>): string[] {
  return [
    ...pages.map(({ host, encrypted }) => `${encrypted ? 'https' : 'http'}://${host}`),
    ...(nodePort ? pages.map(({ host }) => `http://${host}:${nodePort}`) : []),
    ...(nodePort && anyAddress ? [`http://*:${nodePort}`] : []),
  ];
}
