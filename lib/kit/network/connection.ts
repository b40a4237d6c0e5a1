import type { Construct } from 'constructs';
import { componentPeer, type Destination, type Peer } from './peer';

/** Somebody connects to somebody. Whoever connects says so, once: the network policies at both ends follow. */
export interface Connection {
  readonly from: Peer;
  readonly to: Destination;
}

/** What a part of the platform tells those that look at all parts. */
export interface Part {
  /** The components that have pods. */
  readonly components: readonly string[];
  /** Who its pods connect to, and who else connects to them. */
  readonly connections: readonly Connection[];
}

/** Several parts as one. */
export function joined(parts: readonly Part[]): Part {
  return { components: parts.flatMap(({ components }) => components), connections: parts.flatMap(({ connections }) => connections) };
}

/** The connections that the pods of one component open. */
export function connectionsOf(scope: Construct, component: string, destinations: readonly Destination[]): Connection[] {
  return destinations.map((to) => ({ from: componentPeer(scope, component), to }));
}
