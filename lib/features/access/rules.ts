import { entrancesOf } from './entrance';
import { isGuarded } from './modes';
import type { EnvironmentSpec } from '../environment';
import type { Claim } from '../../kit/claim';
import type { Rule } from '../rule';
import { serviceOf } from '../../kit/network/peer';
import { problemOfPublicName } from '../../kit/network/places';

const EVERYBODY_IS_LET_IN = 'none would let everybody in who reaches the hosts: write mode: cloudflare-access, oidc or basic';

/** As many as an HTTPRoute takes, here the one that leads all of them to https. */
const MOST_GATEWAY_HOSTS = 16;

export const rules: readonly Rule[] = [
  {
    path: 'ingress',
    reads: ['gateway', 'ingress'],
    problem: ({ gateway, ingress }) => gateway && ingress ? 'is a second entrance next to gateway: remove one of them' : undefined,
  },
  {
    path: 'internal',
    reads: ['gateway', 'ingress', 'internal'],
    problem: ({ gateway, ingress, internal }) => internal && !gateway && !ingress
      ? 'names hosts, and there is no entrance: add gateway or ingress with its hosts'
      : undefined,
  },
  {
    path: 'access.mode',
    reads: ['access', 'gateway', 'ingress'],
    problem: ({ access, gateway, ingress }) => access && isGuarded(access) && !gateway && !ingress
      ? `${access.mode} lets people in by a gateway or an Ingress, and there is none: add gateway or ingress with its hosts`
      : undefined,
  },
  {
    path: 'access.mode',
    reads: ['profile', 'access'],
    problem: ({ profile, access }) => profile === 'production' && access?.mode === 'none' ? EVERYBODY_IS_LET_IN : undefined,
  },
  {
    path: 'access',
    reads: ['profile', 'access', 'gateway', 'ingress'],
    problem: ({ profile, access, gateway, ingress }) => profile === 'production' && !access && (gateway ?? ingress)
      ? `is missing: ${EVERYBODY_IS_LET_IN}`
      : undefined,
  },
  {
    path: 'internal.access.mode',
    reads: ['profile', 'internal'],
    problem: ({ profile, internal }) => profile === 'production' && internal?.access?.mode === 'none' ? EVERYBODY_IS_LET_IN : undefined,
  },
  {
    path: 'internal.access.mode',
    reads: ['access', 'internal'],
    problem: ({ access, internal }) => internal?.access && (internal.access.mode === 'basic') !== (access?.mode === 'basic')
      ? 'basic is MLflow\'s own and holds for all hosts or for none: remove this one, or write basic at access.mode and nothing here'
      : undefined,
  },
  {
    path: 'internal.access',
    reads: ['access', 'internal'],
    problem: ({ access, internal }) => access?.mode === 'basic' && internal?.access?.mode === 'basic' ? 'says again what access says: remove it' : undefined,
  },
  ...(['gateway', 'ingress'] as const).map((path): Rule => ({
    path: `${path}.tls`,
    reads: ['profile', path],
    problem: ({ profile, [path]: entrance }) => profile === 'production' && entrance && !entrance.tls
      ? 'is missing, and passwords and tokens would be sent in the clear: add {provider: secret, secret: …}, {provider: cert-manager, issuer: …}, '
        + 'or {provider: before-cluster} where TLS ends before the cluster'
      : undefined,
  })),
  {
    path: 'internal.tls',
    reads: ['profile', 'gateway', 'ingress', 'internal'],
    problem: ({ profile, gateway, ingress, internal }) => profile === 'production' && internal && !internal.tls
      && (gateway ?? ingress)?.tls?.provider === 'before-cluster'
      ? 'is missing. TLS of the public hosts ends before the cluster, and internal requests may not take that path: write where TLS of these hosts ends'
      : undefined,
  },
  {
    path: 'service.type',
    reads: ['profile', 'service', 'access', 'internal'],
    problem: ({ profile, service, access, internal }) => {
      const isAnyGuarded = [access, internal?.access].some(isGuarded);
      return service.type === 'NodePort' && access?.mode !== 'basic' && (isAnyGuarded || profile === 'production')
        ? 'NodePort bypasses the sign-in in front of the server: write ClusterIP and a gateway or ingress, or access: {mode: basic}, which the server itself enforces'
        : undefined;
    },
  },
  {
    path: 'gateway.hosts',
    reads: ['gateway', 'internal'],
    problem: ({ gateway, internal }) => {
      const number = (gateway?.hosts.length ?? 0) + (internal?.hosts.length ?? 0);
      return gateway && number > MOST_GATEWAY_HOSTS
        ? `are ${number} with those of internal, and a route may name ${MOST_GATEWAY_HOSTS} at most: write fewer, or another environment`
        : undefined;
    },
  },
  ...(['access', 'internal.access'] as const).map((path): Rule => ({
    path: `${path}.issuer`,
    reads: ['access', 'internal', 'gateway', 'ingress', 'clusterDomain'],
    problem: (environment) => {
      const access = path === 'access' ? environment.access : environment.internal?.access;
      if (access?.mode !== 'oidc') return undefined;
      const host = new URL(access.issuer).hostname;
      return entrancesOf(environment).some(({ hosts }) => hosts.includes(host))
        ? 'is at one of this platform\'s own hosts, and the provider is another server: write its issuer'
        : problemOfPublicName(host, environment.clusterDomain, 'where it is none, write a name of three parts');
    },
  })),
  ...(['gateway', 'ingress', 'internal'] as const).map((path): Rule => ({
    path: `${path}.hosts`,
    reads: ['gateway', 'ingress', 'internal'],
    problem: (environment) => {
      const all = [environment.gateway, environment.ingress, environment.internal].flatMap((each) => each?.hosts ?? []);
      const hosts = environment[path]?.hosts ?? [];
      const twice = hosts.findIndex((host, index) => hosts.indexOf(host) !== index || (path === 'internal' && all.indexOf(host) !== all.lastIndexOf(host)));
      return twice < 0 ? undefined : `number ${twice + 1} is there twice: remove one`;
    },
  })),
];

/** A host leads to one platform in a cluster; what only resolves inside clusters may lead to one in each. */
export function claims(environment: EnvironmentSpec): Claim[] {
  const from = { namespace: environment.namespace.name, clusterDomain: environment.clusterDomain };
  return entrancesOf(environment).flatMap(({ path, hosts }) => hosts.map((host) => (
    { path: `${path}.hosts`, what: `the host ${host}`, place: ['host', host], inCluster: serviceOf(host, from) !== undefined })));
}
