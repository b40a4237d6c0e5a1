import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Part } from '../lib/kit/network/connection';
import { NetworkPolicies } from '../lib/kit/network/network-policies';
import type { KubernetesObject } from '../lib/manifests/manifest';
import type { PolicyPeer, PolicySpec } from '../lib/reference/connections';
import { find, objectsOf } from './testing';

/* What network policies allow, in words, so that a test says it in a line and fails with one. */

const DNS = 53;
const NAME = 'app.kubernetes.io/';

/** The objects of a part of the platform, with the network policies that follow from what it says of its connections. */
export function withPolicies(part: Construct & Part): KubernetesObject[] {
  new NetworkPolicies(Chart.of(part), 'NetworkPolicies', { parts: [part] });
  return objectsOf(part);
}

/** Who may open connections to the pods of a component: `namespace training`, `component sign-in`, `pods name=traefik in namespace edge`. */
export function allowedInto(objects: readonly KubernetesObject[], component: string): string[] {
  return (policyOf(objects, component).ingress ?? []).flatMap(({ from }) => from.map(inWords));
}

/** What the pods of a component may open connections to: `port 5432 of namespace data`, `DNS of …`. */
export function allowedOutOf(objects: readonly KubernetesObject[], component: string): string[] {
  return (policyOf(objects, component).egress ?? []).flatMap(({ to, ports }) => {
    const numbers = ports.map(({ port }) => port);
    const what = numbers.includes(DNS) ? 'DNS' : `port ${numbers.join(', ')}`;
    return to.map((peer) => `${what} of ${inWords(peer)}`);
  });
}

/** The ports of a component's pods at which somebody is let in. */
export function openPorts(objects: readonly KubernetesObject[], component: string): number[] {
  return (policyOf(objects, component).ingress ?? []).flatMap(({ ports }) => ports.map(({ port }) => port));
}

function policyOf(objects: readonly KubernetesObject[], component: string): PolicySpec {
  return find(objects, 'NetworkPolicy', `mlflow-${component}`).spec as PolicySpec;
}

function inWords({ namespaceSelector, podSelector, ipBlock }: PolicyPeer): string {
  if (ipBlock) return ipBlock.cidr;
  const labels = podSelector?.matchLabels ?? {};
  const component = labels[`${NAME}component`];
  if (!namespaceSelector && component !== undefined) return `component ${component}`;
  const pods = Object.entries(labels).map(([key, value]) => `${key.replace(NAME, '')}=${value}`).join(', ');
  const namespace = namespaceSelector?.matchLabels['kubernetes.io/metadata.name'];
  return [...pods ? [`pods ${pods}`] : [], namespace === undefined ? 'the same namespace' : `namespace ${namespace}`].join(' in ');
}
