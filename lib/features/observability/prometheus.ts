import type { Peer } from '../../kit/network/peer';
import type { EnvironmentSpec } from '../environment';

/** Where Prometheus usually runs, and the label that Prometheus Operator gives its pods. */
const USUAL: Peer = { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } };

/** Who scrapes metrics: whoever the file names, or, where there is Prometheus Operator, the pods that it makes. */
export function prometheusOf({ network, metrics }: Pick<EnvironmentSpec, 'network' | 'metrics'>): Peer | undefined {
  return network.prometheus ?? (metrics.serviceMonitor ? USUAL : undefined);
}
