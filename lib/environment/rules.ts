import { connectionsNeeded, memoryForWorkers, workersFor } from '../tracking-server/capacity';
import type { EnvironmentSpec } from './environment';
import { mebibytes, quantity } from './quantity';

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
  return connectionsNeeded({ threads: environment.tracking.threads, replicas: replicas(environment).most, workers: workers(environment) });
}

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
    reads: ['database', ...REPLICAS_READ, 'tracking.threads', ...WORKERS_READ],
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
    path: 'access.mode',
    reads: ['access', 'ingress'],
    problem: ({ access, ingress }) => access.mode !== 'none' && !ingress
      ? `${access.mode} lets people in by an Ingress, and there is none: add ingress with its hosts`
      : undefined,
  },
  {
    path: 'ingress.hosts',
    reads: ['ingress'],
    problem: ({ ingress }) => {
      const twice = ingress?.hosts.find((host, index) => ingress.hosts.indexOf(host) !== index);
      return twice && `${twice} is there twice: remove one`;
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
    reads: ['profile', 'ingress', 'network'],
    problem: ({ profile, ingress, network }) => profile === 'production' && !ingress && !network.ingressController && !network.clients.length
      ? 'is empty, and there is no ingress, so nobody can use the server: add e.g. {namespace: training}'
      : undefined,
  },
];
