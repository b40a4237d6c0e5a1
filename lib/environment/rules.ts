import { connectionsNeeded, memoryForWorkers, workersFor } from '../tracking-server/capacity';
import { OLDEST_WITH_USERS } from '../versions';
import { hasUsers } from './entrances';
import type { EnvironmentSpec } from './environment';
import { mebibytes, quantity } from './quantity';
import { isOlder } from './values';

/** A rule over several values of an environment. */
export interface Rule {
  /** The value that a problem is reported at. */
  readonly path: string;
  /** All the values that it reads. It is left out where one of them has a problem of its own. */
  readonly reads: readonly string[];
  /** What is wrong and what to write instead, or undefined. */
  readonly problem: (environment: EnvironmentSpec) => string | undefined;
}

/** The fewest and the most pods of the tracking server. */
export function replicas({ tracking: { replicas: fixed = 2, autoscaling } }: EnvironmentSpec): { readonly least: number; readonly most: number } {
  return autoscaling ? { least: autoscaling.minReplicas, most: autoscaling.maxReplicas } : { least: fixed, most: fixed };
}

const REPLICAS_READ = ['tracking.replicas', 'tracking.autoscaling'];

function onlyForExternal(path: 'database' | 'objectStore', provider: (environment: EnvironmentSpec) => string): Rule {
  return {
    path: `network.${path}`,
    reads: [`network.${path}`, 'database.provider', 'artifactStore.provider'],
    problem: (environment) => environment.network[path] && provider(environment) === 'embedded'
      ? 'is for one that others run, and this one is embedded: remove it'
      : undefined,
  };
}

function requestsWithinLimits(resource: 'cpu' | 'memory'): Rule {
  const [path, limit] = [`tracking.resources.requests.${resource}`, `tracking.resources.limits.${resource}`];
  return {
    path,
    reads: [path, limit],
    problem: ({ tracking: { resources: { requests, limits } } }) => quantity(requests[resource])! > quantity(limits[resource])!
      ? `${requests[resource]} is over the limit of ${limits[resource]}: lower it, or raise ${limit}`
      : undefined,
  };
}

/** The workers that the file asks for, or that its limits have room for. */
export function workers({ tracking }: EnvironmentSpec): number {
  return tracking.workers ?? workersFor(tracking.resources.limits);
}

/** The connections that the file allows, or that its replicas need. */
export function connectionLimit(environment: EnvironmentSpec): number {
  return environment.database.connectionLimit ?? neededConnections(environment);
}

function neededConnections(environment: EnvironmentSpec): number {
  return connectionsNeeded({
    threads: environment.tracking.threads, replicas: replicas(environment).most, workers: workers(environment), users: hasUsers(environment),
  });
}

/** The Secrets of the database, the store and the server. */
function otherSecrets({ database, artifactStore, tracking }: EnvironmentSpec): (string | undefined)[] {
  return [
    ...database.provider === 'embedded' ? ['mlflow-database', 'mlflow-database-administrator'] : [database.secret, database.administratorSecret],
    ...artifactStore.provider === 'embedded' ? ['mlflow-object-store', 'mlflow-object-store-administrator'] : [artifactStore.secret],
    artifactStore.provider === 'minio' ? artifactStore.administratorSecret : undefined,
    tracking.keysSecret,
  ];
}

const EVERYBODY_IS_LET_IN = 'none would let everybody in who reaches the hosts: write mode: cloudflare-access, oidc or basic';

/** As many as an HTTPRoute takes, here the one that leads all of them to https. */
const MOST_GATEWAY_HOSTS = 16;

const WORKERS_READ = ['tracking.workers', 'tracking.resources.limits.cpu', 'tracking.resources.limits.memory'];

export const rules: readonly Rule[] = [
  {
    path: 'tracking.replicas',
    reads: REPLICAS_READ,
    problem: ({ tracking }) => tracking.replicas !== undefined && tracking.autoscaling
      ? `${tracking.replicas} is the autoscaler's to decide: remove it, or remove tracking.autoscaling`
      : undefined,
  },
  {
    path: 'tracking.autoscaling.maxReplicas',
    reads: ['tracking.autoscaling'],
    problem: ({ tracking: { autoscaling } }) => autoscaling && autoscaling.maxReplicas <= autoscaling.minReplicas
      ? `${autoscaling.maxReplicas} is not more than the minReplicas of ${autoscaling.minReplicas}: raise it, or write replicas instead of autoscaling`
      : undefined,
  },
  {
    path: 'tracking.disruptionBudget.maxUnavailable',
    reads: ['tracking.disruptionBudget', ...REPLICAS_READ],
    problem: (environment) => {
      const { disruptionBudget } = environment.tracking;
      const { least } = replicas(environment);
      if (!disruptionBudget || least === 1 || disruptionBudget.maxUnavailable < least) return undefined;
      return `${disruptionBudget.maxUnavailable} lets a drain take away all ${least} pods at once: write ${least - 1} or less`;
    },
  },
  onlyForExternal('database', ({ database }) => database.provider),
  onlyForExternal('objectStore', ({ artifactStore }) => artifactStore.provider),
  requestsWithinLimits('cpu'),
  requestsWithinLimits('memory'),
  {
    path: 'tracking.workers',
    reads: ['tracking.workers', 'tracking.resources.limits.memory'],
    problem: ({ tracking }) => {
      const limit = tracking.resources.limits.memory;
      const needed = memoryForWorkers(tracking.workers ?? 1);
      if (quantity(limit)! >= needed) return undefined;
      return `${tracking.workers ?? 1} needs a memory limit of at least ${mebibytes(needed)} (is ${limit}): `
        + 'raise tracking.resources.limits.memory, or run fewer workers';
    },
  },
  {
    path: 'database.connectionLimit',
    reads: ['database', 'access', ...REPLICAS_READ, 'tracking.threads', ...WORKERS_READ],
    problem: (environment) => {
      const { tracking, database } = environment;
      const needed = neededConnections(environment);
      if (database.connectionLimit === undefined || database.connectionLimit >= needed) return undefined;
      return `${database.connectionLimit} is under the ${needed} connections that ${replicas(environment).most} replicas and one more during an update, `
        + `with ${workers(environment)} workers of ${tracking.threads} threads each, can open: `
        + `raise it, or lower ${tracking.autoscaling ? 'autoscaling.maxReplicas' : 'replicas'}, workers or threads`;
    },
  },
  {
    path: 'database.provider',
    reads: ['profile', 'database'],
    problem: ({ profile, database }) => profile === 'production' && database.provider === 'embedded'
      ? 'embedded is one pod without a standby, for profile: local: write provider: external and the host of a PostgreSQL server'
      : undefined,
  },
  {
    path: 'artifactStore.provider',
    reads: ['profile', 'artifactStore'],
    problem: ({ profile, artifactStore }) => profile === 'production' && artifactStore.provider === 'embedded'
      ? 'embedded is one pod with one volume, for profile: local: write provider: minio or s3, and its endpoint'
      : undefined,
  },
  {
    path: 'database.administratorSecret',
    reads: ['database'],
    problem: ({ database }) => database.provider === 'external' && database.administratorSecret === database.secret
      ? `${database.secret} is the tracking server's own Secret: the server must not hold the administrator's password; name another`
      : undefined,
  },
  {
    path: 'artifactStore.administratorSecret',
    reads: ['artifactStore'],
    problem: ({ artifactStore }) => artifactStore.provider === 'minio' && artifactStore.administratorSecret === artifactStore.secret
      ? `${artifactStore.secret} is the tracking server's own Secret: the server must not hold the administrator's key; name another`
      : undefined,
  },
  {
    path: 'ingress',
    reads: ['gateway', 'ingress'],
    problem: ({ gateway, ingress }) => gateway && ingress ? 'is a second way in beside gateway: remove one of them' : undefined,
  },
  {
    path: 'internal',
    reads: ['gateway', 'ingress', 'internal'],
    problem: ({ gateway, ingress, internal }) => internal && !gateway && !ingress
      ? 'names hosts, and there is no way in: add gateway or ingress with its hosts'
      : undefined,
  },
  {
    path: 'access.mode',
    reads: ['access', 'gateway', 'ingress'],
    problem: ({ access, gateway, ingress }) => access && ['cloudflare-access', 'oidc'].includes(access.mode) && !gateway && !ingress
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
    problem: ({ profile, [path]: wayIn }) => profile === 'production' && wayIn && !wayIn.tls
      ? 'is missing, and passwords and tokens would be sent in the clear: add {provider: secret, secret: …}, {provider: cert-manager, issuer: …}, '
        + 'or {provider: before-cluster} where TLS ends before the cluster'
      : undefined,
  })),
  {
    path: 'internal.tls',
    reads: ['profile', 'gateway', 'ingress', 'internal'],
    problem: ({ profile, gateway, ingress, internal }) => profile === 'production' && internal && !internal.tls
      && (gateway ?? ingress)?.tls?.provider === 'before-cluster'
      ? 'is missing, and the other hosts\' TLS ends before the cluster, by which these hosts\' requests may not come: write where theirs ends'
      : undefined,
  },
  ...(['access', 'internal.access'] as const).map((path): Rule => ({
    path: 'gateway.tls',
    reads: ['gateway', 'access', 'internal'],
    problem: ({ gateway, access, internal }) => gateway && !gateway.tls && (path === 'access' ? access : internal?.tls ? undefined : internal?.access)?.mode === 'oidc'
      ? 'is missing, and a gateway keeps sessions in cookies that https alone carries: add e.g. {provider: secret, secret: mlflow-tls}'
      : undefined,
  })),
  {
    path: 'service.type',
    reads: ['profile', 'service', 'access', 'internal'],
    problem: ({ profile, service, access, internal }) => {
      const isGuarded = [access, internal?.access].some((each) => each?.mode === 'cloudflare-access' || each?.mode === 'oidc');
      return service.type === 'NodePort' && access?.mode !== 'basic' && (isGuarded || profile === 'production')
        ? 'NodePort leads past everybody who asks who somebody is: write ClusterIP and a gateway or ingress, or access: {mode: basic}, of which the server itself asks'
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
  ...(['gateway', 'ingress', 'internal'] as const).map((path): Rule => ({
    path: `${path}.hosts`,
    reads: ['gateway', 'ingress', 'internal'],
    problem: (environment) => {
      const all = [environment.gateway, environment.ingress, environment.internal].flatMap((each) => each?.hosts ?? []);
      const hosts = environment[path]?.hosts ?? [];
      const twice = hosts.find((host, index) => hosts.indexOf(host) !== index)
        ?? (path === 'internal' ? hosts.find((host) => all.indexOf(host) !== all.lastIndexOf(host)) : undefined);
      return twice && `${twice} is there twice: remove one`;
    },
  })),
  ...(['access', 'internal.access'] as const).flatMap((path): Rule[] => {
    const at = ({ access, internal }: EnvironmentSpec) => path === 'access' ? access : internal?.access;
    return [
      {
        path: `${path}.keysUrl`,
        reads: ['access', 'gateway', 'internal'],
        problem: (environment) => {
          const access = at(environment);
          return environment.gateway && access?.mode === 'oidc' && !access.keysUrl
            ? `is missing, and a gateway does not look it up: write the jwks_uri of ${access.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
            : undefined;
        },
      },
      {
        path: `${path}.cookieSecret`,
        reads: ['access', 'internal', 'database', 'artifactStore', 'tracking.keysSecret'],
        problem: (environment) => {
          const access = at(environment);
          return access?.mode === 'oidc' && [...otherSecrets(environment), 'mlflow-administrator', access.secret].includes(access.cookieSecret)
            ? `${access.cookieSecret} is another part's Secret: write e.g. mlflow-oidc-cookies`
            : undefined;
        },
      },
    ];
  }),
  {
    path: 'tracking.version',
    reads: ['tracking.version', 'access'],
    problem: ({ tracking: { version }, access }) => access?.mode === 'basic' && isOlder(version, OLDEST_WITH_USERS.version)
      ? `${version} ${OLDEST_WITH_USERS.reason}: write ${OLDEST_WITH_USERS.version} or newer, or another access.mode`
      : undefined,
  },
  {
    path: 'access.administratorSecret',
    reads: ['access', 'database', 'artifactStore', 'tracking.keysSecret'],
    problem: (environment) => {
      const { access } = environment;
      return access?.mode === 'basic' && otherSecrets(environment).includes(access.administratorSecret)
        ? `${access.administratorSecret} is another part's Secret, and people who sign in to MLflow must not know its password: write e.g. mlflow-administrator`
        : undefined;
    },
  },
  {
    path: 'access.databaseName',
    reads: ['access', 'database'],
    problem: ({ access, database }) => {
      const tracking = database.provider === 'external' ? database.name : 'mlflow';
      return access?.mode === 'basic' && access.databaseName === tracking
        ? `${tracking} is the tracking database, and users have one of their own: write e.g. ${tracking}_users`
        : undefined;
    },
  },
];

function onePod(path: string, pods: (environment: EnvironmentSpec) => number | undefined): Rule {
  return {
    path,
    reads: ['profile', ...REPLICAS_READ],
    problem: (environment) => environment.profile === 'production' && pods(environment) === 1
      ? 'one pod serves nobody while its node is drained or lost: write 2 or more'
      : undefined,
  };
}

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [
  onePod('tracking.replicas', ({ tracking }) => tracking.autoscaling ? undefined : tracking.replicas),
  onePod('tracking.autoscaling.minReplicas', ({ tracking }) => tracking.autoscaling?.minReplicas),
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
