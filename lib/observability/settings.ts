import { z } from 'zod';
import { labelMap } from '../kit/values';

export const metrics = z.strictObject({
  serviceMonitor: z.boolean().default(false).describe('Whether the cluster has Prometheus Operator, to be told what to scrape.'),
  labels: labelMap().default({}).describe('Labels that its Prometheus selects ServiceMonitors by, e.g. release: prometheus.'),
});
