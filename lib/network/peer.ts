import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
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
}

/** A peer that connections are opened to. */
export interface Destination extends Peer {
  /** The port of the pods or addresses, which need not be that of the Service in front of them. */
  readonly port: number;
}

/** The pods of one component of the environment. */
export function componentPeer(scope: Construct, component: string): Peer {
  return { podLabels: selectorLabels(scope, component) };
}

/** CoreDNS, in nearly every cluster. Policies see its pods' own port, which is 53 in some, and 1053 or 5353 in others: so none is named. */
export const CLUSTER_DNS: Peer = { namespace: 'kube-system', podLabels: { 'k8s-app': 'kube-dns' } };

/**
 * Every address but the link-local ones: there clouds hand out the credentials of the node.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
const EXCEPT: Record<string, string[]> = { '0.0.0.0/0': ['169.254.0.0/16'], '::/0': ['fe80::/10', 'fd00:ec2::/32'] };
const ANYWHERE: Peer = { cidrs: Object.keys(EXCEPT) };

/**
 * Whom a host name leads to, as far as it tells: a Service's, to the pods of its namespace; an address, to itself; any other, to every
 * address, because policies know no names.
 */
export function peerOfHost(host: string, clusterDomain: string): Peer {
  if (/^[\d.]+$/.test(host)) return { cidrs: [`${host}/32`] };
  const [, namespace, ...rest] = host.split('.');
  if (namespace === undefined) return {};
  return rest[0] === 'svc' && ['', clusterDomain].includes(rest.slice(1).join('.')) ? { namespace } : ANYWHERE;
}

/** A peer as a NetworkPolicy names it. */
export function policyPeers({ namespace, podLabels, cidrs }: Peer): k8s.NetworkPolicyPeer[] {
  if (cidrs) return cidrs.map((cidr) => ({ ipBlock: { cidr, except: EXCEPT[cidr] } }));
  return [{
    ...(namespace === undefined ? {} : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }),
    podSelector: podLabels ? { matchLabels: podLabels } : {},
  }];
}

/** A TCP port as a NetworkPolicy names it. */
export function policyPorts(port: number): k8s.NetworkPolicyPort[] {
  return [{ port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' }];
}
