import type { EnvironmentSpec } from '../environment';
import type { Rule } from '../rule';
import { destinationsOf } from '../tracking-server/callees';
import { isPublic } from '../../kit/network/peer';
import { problemOfPublicName } from '../../kit/network/places';

function onlyForExternal(path: 'database' | 'objectStore', provider: (environment: EnvironmentSpec) => string): Rule {
  return {
    path: `network.${path}`,
    reads: [`network.${path}`, 'database.provider', 'artifactStore.provider'],
    problem: (environment) => environment.network[path] && provider(environment) === 'embedded'
      ? 'is for one that others run, and this one is embedded: remove it'
      : undefined,
  };
}

export const rules: readonly Rule[] = [
  onlyForExternal('database', ({ database }) => database.provider),
  onlyForExternal('objectStore', ({ artifactStore }) => artifactStore.provider),
  {
    path: 'network.destinations',
    reads: ['network.destinations', 'clusterDomain'],
    problem: ({ network: { destinations }, clusterDomain }) => {
      const outside = destinationsOf(destinations, clusterDomain).findIndex((each, index) => destinations[index]!.scheme === 'http' && isPublic(each));
      return outside < 0 ? undefined : `number ${outside + 1} is outside the cluster, and http would send what the server tells it in the clear: write scheme: https`;
    },
  },
  {
    path: 'network.destinations',
    reads: ['network.destinations', 'clusterDomain'],
    problem: ({ network: { destinations }, clusterDomain }) => {
      const problem = ({ host }: typeof destinations[number]) => host && problemOfPublicName(host, clusterDomain, 'where it is none, write its cidrs instead of its host');
      const wrong = destinations.findIndex(problem);
      return wrong < 0 ? undefined : `number ${wrong + 1} ${problem(destinations[wrong]!)!}`;
    },
  },
];

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [
  {
    path: 'network.clients',
    reads: ['service', 'network.clients'],
    problem: ({ service, network }) => service.type === 'NodePort' && !network.clients.some(({ cidrs }) => cidrs)
      ? 'has no networks, and what comes by the port of the nodes comes from a node\'s address: add the nodes\' network, e.g. {cidrs: [10.20.0.0/16]}'
      : undefined,
  },
  {
    path: 'network.clients',
    reads: ['profile', 'gateway', 'ingress', 'network'],
    problem: ({ profile, gateway, ingress, network }) => profile === 'production' && !gateway && !ingress && !network.ingressController && !network.clients.length
      ? 'is empty, and there is neither gateway nor ingress, so nobody can use the server: add e.g. {namespace: training}'
      : undefined,
  },
];
