import { z } from 'zod';
import { labelMap } from '../../kit/values';
import { environmentLabels } from '../../kit/workload/labels';

const OWN_LABELS = Object.keys(environmentLabels(''));

const metrics = z.strictObject({
  serviceMonitor: z.boolean().default(false).describe('Whether the cluster has Prometheus Operator, to be told what to scrape.'),
  labels: labelMap().refine((labels) => !Object.keys(labels).some((key) => OWN_LABELS.includes(key)),
    `must not hold ${OWN_LABELS.join(', ')}, which tell whose the object is: let Prometheus select by another label`).default({}).describe('Labels that its Prometheus selects ServiceMonitors by, e.g. release: prometheus.'),
});

export const sections = { metrics: metrics.prefault({}).describe('Prometheus.') };
