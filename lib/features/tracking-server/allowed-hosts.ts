import { PORT } from './names';

export interface ReachableBy {
  /** Name of the Service. */
  readonly service: string;
  readonly namespace: string;
  readonly clusterDomain: string;
  /** Hosts of the entrances. */
  readonly hosts: readonly string[];
  /** Port on every node, where there is one. */
  readonly nodePort?: number;
}

/**
 * Whoever asks for these is on the machine itself, as by a port-forward: a page that had a name of its own led to the server, as in DNS
 * rebinding, would bring that name.
 */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Addresses, as patterns of MLflow's: what ends in a number is one of IPv4 (https://url.spec.whatwg.org/#ends-in-a-number-checker), what is
 * in brackets one of IPv6, and no name is either. MLflow's own patterns, such as 10.*, also match 10.example.com. Flask reads the same
 * as regular expressions, in which these match nothing.
 */
const ANY_ADDRESS = ['*[.][0-9]', '*[.][0-9][0-9]', '*[.][0-9][0-9][0-9]', '*]'];

/**
 * The Host headers that MLflow must answer. A list replaces MLflow's own, and an entry is compared with the whole header, port
 * included, so every name is there with and without. The pod's own address, which Prometheus and the probes send, is added where it is
 * known: in the pod.
 *
 * @see mlflow/server/security_utils.py, `is_allowed_host_header`
 */
export function allowedHosts({ service, namespace, clusterDomain, hosts, nodePort }: ReachableBy): string[] {
  const names = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, `${service}.${namespace}.svc.${clusterDomain}`];
  return [
    ...names.flatMap((name) => [name, `${name}:${PORT}`]),
    ...hosts.flatMap((host) => [host, `${host}:80`, `${host}:443`]),
    ...THIS_MACHINE.flatMap((host) => [host, `${host.replace('[', '[[]')}:*`]),
    ...nodePort ? [...hosts, ...ANY_ADDRESS].map((host) => `${host}:${nodePort}`) : [],
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
 * and MLflow refuses any that is not listed, except those on localhost.
 */
export function corsOrigins({ pages, nodePort }: { readonly pages: readonly PageHost[] } & Pick<ReachableBy, 'nodePort'>): string[] {
  return [
    ...pages.map(({ host, encrypted }) => `${encrypted ? 'https' : 'http'}://${host}`),
    ...nodePort ? [...pages.map(({ host }) => host), ...ANY_ADDRESS].map((host) => `http://${host}:${nodePort}`) : [],
  ];
}
