import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentLabels, selectorLabels } from '../workload/labels';
import { CLUSTER_DNS, dnsPorts, policyPeers, policyPorts, type Destination, type Peer } from './peer';

export interface ComponentNetworkPolicyProps {
  readonly component: string;
  /**
   * Who may open connections to the component's pods.
   * @default - nobody
   */
  readonly from?: readonly { readonly peer: Peer; readonly port: number }[];
  /**
   * Peers that the component's pods may open connections to, in addition to the cluster's DNS.
   * @default - nobody, not even DNS
   */
  readonly to?: readonly Destination[];
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/**
 * Nothing gets to the pods of one component, or out of them, except what is named here. What the pods' own node sends, such as probes, is
 * not subject to policies.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class ComponentNetworkPolicy extends Construct {
  constructor(scope: Construct, id: string, { component, from = [], to, dns = CLUSTER_DNS }: ComponentNetworkPolicyProps) {
    super(scope, id);
    const ports = [...new Set(from.map(({ port }) => port))];
    const peersAt = (port: number) => from.filter((each) => each.port === port).map(({ peer }) => peer);
    new k8s.KubeNetworkPolicy(this, 'Resource', {
      metadata: { name: `mlflow-${component}`, labels: componentLabels(this, component) },
      spec: {
        podSelector: { matchLabels: selectorLabels(this, component) },
        policyTypes: ['Ingress', 'Egress'],
        ingress: ports.length ? ports.map((port) => ({ from: peersAt(port).flatMap(policyPeers), ports: policyPorts(port) })) : undefined,
        egress: to?.length
          ? [
              { to: dns.flatMap(policyPeers), ports: dnsPorts() },
              ...to.map((destination) => ({ to: policyPeers(destination), ports: policyPorts(destination.port) })),
            ]
          : undefined,
      },
    });
  }
}
