import { entrancesOf } from './entrance';
import { guardOf } from './modes';
import type { EnvironmentSpec } from '../environment';
import type { Rule } from '../rule';

const ACCESS_PATHS = ['access', 'internal.access'] as const;

function accessAt({ access, internal }: EnvironmentSpec, path: typeof ACCESS_PATHS[number]) {
  return path === 'access' ? access : internal?.access;
}

/** Settings that the chosen entrance does not read. */
const ignored: readonly Rule[] = [
  {
    path: 'ingress.maxBodySize',
    reads: ['ingress'],
    problem: ({ ingress }) => ingress?.controller === 'traefik' && ingress.maxBodySize !== 'unlimited'
      ? `${ingress.maxBodySize} is NGINX's to obey, and Traefik has no such limit: remove it`
      : undefined,
  },
  {
    path: 'ingress.timeoutSeconds',
    reads: ['ingress', 'internal', 'access'],
    problem: (environment) => environment.ingress?.controller === 'traefik' && environment.ingress.timeoutSeconds !== DEFAULT_TIMEOUT
      && !entrancesOf(environment).some(guardOf)
      ? 'is not Traefik\'s to obey: set readTimeout of its entry point (docs/ingress.md), and leave this out'
      : undefined,
  },
  {
    path: 'ingress.className',
    reads: ['ingress'],
    problem: ({ ingress }) => {
      const family = OTHER_FAMILIES.find(([pattern]) => ingress?.className !== undefined && pattern.test(ingress.className))?.[1];
      return ingress && family !== undefined && family !== ingress.controller
        ? `sounds like ${FAMILY_NAMES[family]}, which does not read the annotations of controller: ${ingress.controller}: `
          + (family === 'other' ? 'sizes, timeouts and TLS are as that controller has them' : `write controller: ${family}`)
        : undefined;
    },
  },
  ...ACCESS_PATHS.flatMap((path): Rule[] => [
    {
      path: `${path}.keysUrl`,
      reads: ['access', 'internal'],
      problem: (environment) => {
        const access = accessAt(environment, path);
        return access?.mode === 'oidc' && access.keysUrl !== undefined ? 'is no longer read, because the guard finds the keys at the issuer: remove it' : undefined;
      },
    },
    {
      path: `${path}.groupsClaim`,
      reads: ['access', 'internal'],
      problem: (environment) => {
        const access = accessAt(environment, path);
        return access?.mode === 'oidc' && access.groupsClaim !== 'groups' && !access.groups
          ? 'is asked for no groups, so that everybody is let in who the provider knows: add groups, or remove it'
          : undefined;
      },
    },
  ]),
];

const DEFAULT_TIMEOUT = 600;

const FAMILY_NAMES = { nginx: 'a controller of the NGINX family', traefik: 'Traefik', other: 'another controller' };
type Family = keyof typeof FAMILY_NAMES;

/** Names of classes that tell whose they are. An IngressClass of Traefik's provider for NGINX's annotations is usually called nginx. */
const OTHER_FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/(^|[-.])(alb|aws|gce|gke|azure|agic|appgw|openshift|route|istio|cilium|contour|haproxy|kong|apisix|ambassador|emissary|voyager|skipper|tailscale|cloudflare)([-.]|$)/, 'other'],
  [/traefik/, 'traefik'],
  [/nginx/, 'nginx'],
];

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [
  ...ignored,
  ...ACCESS_PATHS.map((path): Rule => ({
    path: `${path}.audience`,
    reads: ['profile', 'access', 'internal'],
    problem: (environment) => {
      const access = accessAt(environment, path);
      return environment.profile === 'production' && access?.mode === 'cloudflare-access' && new Set(access.audience).size === 1
        ? `${access.audience[0]!.repeat(3)}… is no application's: write the audience (AUD) tag of yours, or nobody is let in`
        : undefined;
    },
  })),
];
