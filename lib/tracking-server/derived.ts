import type { EnvironmentSpec } from '../environment/environment';
import { workersFor } from './capacity';

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

/** The values that `workers` reads. */
export const WORKERS_READ = ['tracking.workers', 'tracking.resources.limits.cpu', 'tracking.resources.limits.memory'];
