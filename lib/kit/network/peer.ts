import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import ipaddr from 'ipaddr.js';
import { CREDENTIALS } from '../networks';
import { selectorLabels } from '../workload/labels';

/** Who is at the other end of a connection: pods of a namespace, or addresses. */
export interface Peer {
  /**
   * Namespace of the pods.
   * @default - the namespace of the policy
   */
  readonly namespace?: string;
  /**
   * Labels of the pods.
   * @default - all pods of the namespace
   */
  readonly podLabels?: Record<string, string>;
  /**
   * Networks, instead of pods, e.g. 10.20.0.0/16.
   * @default - pods
   */
  readonly cidrs?: readonly string[];
  /**
   * The component of the environment whose pods these are.
   * @default - somebody else's pods, or no pods
   */
  readonly component?: string;
}

/** A peer that connections are opened to. */
export interface Destination extends Peer {
  /** The port of the pods or addresses, which need not be that of the Service in front of them. */
  readonly port: number;
}

/** The pods of one component of the environment. */
export function componentPeer(scope: Construct, component: string): Peer {
  return { podLabels: selectorLabels(scope, component), component };
}

/** CoreDNS, in nearly every cluster. */
export const CLUSTER_DNS: readonly Peer[] = [{ namespace: 'kube-system', podLabels: { 'k8s-app': 'kube-dns' } }];

/** Policies see the port of the DNS pods, behind their Service: of those that run without privileges it is one of the last two. */
const DNS_PORTS = [53, 1053, 5353];

/**
 * All addresses, each with those left out at which clouds hand out the credentials of the node. The rest of fc00::/7 stays in, as 10.0.0.0/8
 * does: a company's own provider or store may be there.
 */
const ALL_ADDRESSES: Record<string, string[]> = { '0.0.0.0/0': CREDENTIALS.ipv4, '::/0': CREDENTIALS.ipv6 };
const ANYWHERE: Peer = { cidrs: Object.keys(ALL_ADDRESSES) };

/** A Service, or one pod behind it. */
export interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** Whether a host is an IPv4 address. */
export function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host);
}

/** Where a host name is looked up: in pods of a namespace. */
export interface LookUp {
  readonly namespace: string;
  readonly clusterDomain: string;
}

/** The Service that a host name stands for; undefined where it is none of the cluster's. */
export function serviceOf(host: string, from: LookUp): ServiceName | undefined {
  if (isAddress(host)) return undefined;
  if (!host.includes('.')) return { name: host, namespace: from.namespace };
  const [, name, namespace, domain = from.clusterDomain] = /^((?:[^.]+\.)?[^.]+)\.([^.]+)\.svc(?:\.(.+))?$/.exec(host) ?? [];
  return name !== undefined && namespace !== undefined && domain === from.clusterDomain ? { name, namespace } : undefined;
}

/**
 * The peer that a host name leads to, as far as it tells: a Service's, to the pods of its namespace; an address, to itself; any other, to every
 * address, because policies know no names.
 */
export function peerOfHost(host: string, clusterDomain: string): Peer {
  if (isAddress(host)) return { cidrs: [`${host}/32`] };
  if (!host.includes('.')) return {};
  const service = serviceOf(host, { namespace: '', clusterDomain });
  return service ? { namespace: service.namespace } : ANYWHERE;
}

/** Whether it may be at any public address: all that the name of somebody outside tells. */
export function isAnywhere({ cidrs }: Peer): boolean {
  return cidrs === ANYWHERE.cidrs;
}

/** Whether some of it is at public addresses, as far as the file tells. */
export function isPublic(peer: Peer): boolean {
  return isAnywhere(peer) || (peer.cidrs ?? []).some((cidr) => ipaddr.parseCIDR(cidr)[0].range() === 'unicast');
}

/** Where a server is that others run: as `place` says, and where that does not name it, as its host tells. */
export function destinationOf({ host, port, clusterDomain }: { readonly host: string; readonly port: number; readonly clusterDomain: string },
  place: Partial<Destination> = {}): Destination {
  const named = place.namespace !== undefined || place.cidrs !== undefined;
  return { ...(named ? place : peerOfHost(host, clusterDomain)), port: place.port ?? port };
}

/** A peer as a NetworkPolicy names it. */
export function policyPeers({ namespace, podLabels, cidrs }: Peer): k8s.NetworkPolicyPeer[] {
  if (cidrs) return cidrs.map((cidr) => ({ ipBlock: { cidr, except: ALL_ADDRESSES[cidr] } }));
  return [{
    ...(namespace === undefined ? {} : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }),
    podSelector: podLabels ? { matchLabels: podLabels } : {},
  }];
}

/** The ports of DNS: pods ask by UDP and, for long answers, by TCP. */
export function dnsPorts(): k8s.NetworkPolicyPort[] {
  return DNS_PORTS.flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port: k8s.IntOrString.fromNumber(port), protocol })));
}

/** A TCP port as a NetworkPolicy names it. */
export function policyPorts(port: number): k8s.NetworkPolicyPort[] {
  return [{ port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' }];
}
