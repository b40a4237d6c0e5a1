import { Construct } from 'constructs';
import { ComponentNetworkPolicy } from './component-network-policy';
import { joined, type Part } from './connection';
import type { Peer } from './peer';

export interface NetworkPoliciesProps {
  /** All parts that have pods, or know who connects to those of another. */
  readonly parts: readonly Part[];
  /** @default - CoreDNS in kube-system */
  readonly dns?: readonly Peer[];
}

/** A policy for each component with pods: both ends of every connection let that connection through, and nothing else. */
export class NetworkPolicies extends Construct {
  /** @throws Error for a connection of a component that no part has: its pods would have no policy */
  constructor(scope: Construct, id: string, { parts, dns }: NetworkPoliciesProps) {
    super(scope, id);
    const { components, connections } = joined(parts);
    for (const { component } of connections.flatMap(({ from, to }) => [from, to])) {
      if (component !== undefined && !components.includes(component)) throw new Error(`no part has the component ${component}, which has a connection`);
    }
    for (const component of components) {
      new ComponentNetworkPolicy(this, component, {
        component,
        from: connections.filter(({ to }) => to.component === component).map(({ from, to: { port } }) => ({ peer: from, port })),
        to: connections.filter(({ from }) => from.component === component).map(({ to }) => to),
        dns,
      });
    }
  }
}
