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
  return connectionsNeeded({ ...environment.tracking, workers: workers(environment) });
}

const WORKERS_READ = ['tracking.workers', 'tracking.resources.limits.cpu', 'tracking.resources.limits.memory'];

export const rules: readonly Rule[] = [
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
    reads: ['database', 'tracking.replicas', 'tracking.threads', ...WORKERS_READ],
    problem: (environment) => {
      const { tracking, database } = environment;
      const needed = neededConnections(environment);
      if (database.connectionLimit === undefined || database.connectionLimit >= needed) return undefined;
      return `${database.connectionLimit} is under the ${needed} connections that ${tracking.replicas} replicas and one more during an update, `
        + `with ${workers(environment)} workers of ${tracking.threads} threads each, can open: `
        + 'raise it, or lower replicas, workers or threads';
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
