import type { EnvironmentSpec } from '../environment';
import { quantity } from '../../kit/quantity';
import { defaultLargestRequest, workersFor } from './capacity';

/* What an environment's tracking server has, as the file says or by default. */

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
