import type { EnvironmentSpec } from '../environment';
import type { Claim } from '../../kit/claim';
import { mebibytes, quantity } from '../../kit/quantity';
import type { Rule } from '../rule';
import { TRIED_MLFLOW_VERSIONS } from '../../versions';
import { largestRequestFor, memoryForWorkers } from './capacity';
import { replicas, REPLICAS_READ, workers, WORKERS_READ } from './derived';

/** Cores with which a pod is up before its startup probe gives up, on a node that is busy with others, too. */
const LEAST_CPU = 0.1;

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
  {
    path: 'tracking.resources.limits.cpu',
    reads: ['tracking.resources.limits.cpu'],
    problem: ({ tracking: { resources: { limits: { cpu } } } }) => quantity(cpu)! < LEAST_CPU
      ? `${cpu} is less than MLflow starts with in the five minutes that it has, for which it needs ten seconds of a whole core: write 100m or more`
      : undefined,
  },
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
    path: 'tracking.maxRequestSize',
    reads: ['tracking.maxRequestSize', ...WORKERS_READ],
    problem: (environment) => {
      const { maxRequestSize, resources } = environment.tracking;
      if (maxRequestSize === undefined) return undefined;
      const most = largestRequestFor(quantity(resources.limits.memory)!, workers(environment));
      if (quantity(maxRequestSize)! <= most) return undefined;
      return `${maxRequestSize} is more than the ${Math.floor(most / 2 ** 20)}Mi that each of ${workers(environment)} workers has the memory for: `
        + 'lower it, raise tracking.resources.limits.memory, or run fewer workers';
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

/** A port of the nodes is that of one Service. */
export function claims({ service }: EnvironmentSpec): Claim[] {
  if (service.type !== 'NodePort') return [];
  const { nodePort } = service;
  return [{ path: 'service.nodePort', what: `the port ${nodePort} of the nodes`, place: ['nodePort', nodePort], inCluster: true }];
}

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [
  {
    path: 'tracking.version',
    reads: ['tracking.version'],
    problem: ({ tracking: { version } }) => (TRIED_MLFLOW_VERSIONS as readonly string[]).includes(version)
      ? undefined
      : `${version} was never run with this program, which was tested with ${TRIED_MLFLOW_VERSIONS.join(', ')}: try it on a copy of the database first`,
  },
  {
    path: 'ingress.maxBodySize',
    reads: ['ingress', 'tracking.temporaryStorage'],
    problem: ({ ingress, tracking: { temporaryStorage } }) => ingress && ingress.maxBodySize !== 'unlimited' && quantity(ingress.maxBodySize)! > quantity(temporaryStorage)!
      ? `${ingress.maxBodySize} is more than the ${temporaryStorage} of tracking.temporaryStorage, through which uploads pass: such an upload would end the pod`
      : undefined,
  },
  onePod('tracking.replicas', ({ tracking }) => tracking.autoscaling ? undefined : tracking.replicas),
  onePod('tracking.autoscaling.minReplicas', ({ tracking }) => tracking.autoscaling?.minReplicas),
];
