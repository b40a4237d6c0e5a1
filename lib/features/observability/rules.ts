import type { Rule } from '../rule';

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [{
  path: 'metrics.labels',
  reads: ['metrics'],
  problem: ({ metrics }) => !metrics.serviceMonitor && Object.keys(metrics.labels).length > 0
    ? 'are those of the ServiceMonitor, and there is none: write serviceMonitor: true, or remove them'
    : undefined,
}];
