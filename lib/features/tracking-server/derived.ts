import { entrancesOf, isEncrypted } from '../access/entrance';
import type { EnvironmentSpec } from '../environment';
import { profiles } from '../profiles';
import { connectionsOfWorker as connectionsForUsers, usersSettings } from '../users/derived';
import { quantity } from '../../kit/quantity';
import { SURGE } from '../../kit/workload/replicated-server';
import { allowedHosts, corsOrigins } from './allowed-hosts';
import { connectionsOfWorker, defaultLargestRequest, NATIVE_THREADS, workersFor } from './capacity';
import { NAME } from './names';
import type { TrackingServerProps } from './tracking-server-props';

/* What an environment's tracking server has, as the file says or by default. */

/** The part of the server's props that the file alone decides. */
export function serverProps(environment: EnvironmentSpec) {
  const { tracking, service, profile, namespace, clusterDomain, network } = environment;
  const { spread, disruptionBudget, demo } = profiles[profile];
  const nodePort = service.type === 'NodePort' ? service.nodePort : undefined;
  const entrances = entrancesOf(environment);
  const hosts = entrances.flatMap((entrance) => entrance.hosts);
  const pages = entrances.flatMap((entrance) => entrance.hosts.map((host) => ({ host, encrypted: isEncrypted(entrance) })));
  return {
    ...tracking,
    replicas: replicas(environment).least,
    workers: workers(environment),
    largestRequest: largestRequest(environment),
    spread,
    disruptionBudget: tracking.disruptionBudget ?? disruptionBudget,
    demo,
    nodePort,
    allowedHosts: allowedHosts({ service: NAME, namespace: namespace.name, clusterDomain, hosts, nodePort }),
    corsOrigins: corsOrigins({ pages, nodePort }),
    clients: network.clients,
    callees: network.destinations,
    clusterDomain,
  } satisfies Partial<TrackingServerProps>;
}

/** The fewest and the most pods of the tracking server. */
export function replicas({ tracking: { replicas: fixed = 2, autoscaling } }: EnvironmentSpec): { readonly least: number; readonly most: number } {
  return autoscaling ? { least: autoscaling.minReplicas, most: autoscaling.maxReplicas } : { least: fixed, most: fixed };
}

/** The values that `replicas` reads. */
export const REPLICAS_READ = ['tracking.replicas', 'tracking.autoscaling'];

/** The workers that the file asks for, or that its limits have room for. */
export function workers({ tracking }: EnvironmentSpec): number {
  return tracking.workers ?? workersFor(tracking.resources.limits);
}

/** Bytes of the largest request that the file allows, or that its memory limit has room for. */
export function largestRequest(environment: EnvironmentSpec): number {
  const { maxRequestSize, resources } = environment.tracking;
  return maxRequestSize === undefined ? defaultLargestRequest(quantity(resources.limits.memory)!, workers(environment)) : quantity(maxRequestSize)!;
}

/** The values that `workers` reads. */
export const WORKERS_READ = ['tracking.workers', 'tracking.resources.limits.cpu', 'tracking.resources.limits.memory'];

/** The most connections that each component holds at once. */
export function databaseConnections(environment: EnvironmentSpec): Record<string, number> {
  const { threads } = environment.tracking;
  const worker = connectionsOfWorker(threads) + (usersSettings(environment) === undefined ? 0 : connectionsForUsers(threads, NATIVE_THREADS));
  return { 'tracking-server': (replicas(environment).most + SURGE) * workers(environment) * worker };
}
