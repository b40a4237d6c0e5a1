import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentLabels, selectorLabels } from './labels';

export interface DisruptionBudgetProps {
  readonly name: string;
  readonly component: string;
  readonly version: string;
  /** Pods that evictions may take away at once. */
  readonly maxUnavailable: number;
}

/**
 * How many pods of a component evictions, as of a node's drain, may take away at once. `maxUnavailable`, because a `minAvailable` that
 * the number of replicas falls to would forbid every eviction.
 */
export class DisruptionBudget extends Construct {
  constructor(scope: Construct, id: string, { name, component, version, maxUnavailable }: DisruptionBudgetProps) {
    super(scope, id);
    new k8s.KubePodDisruptionBudget(this, 'Resource', {
      metadata: { name, labels: componentLabels(this, component, version) },
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(maxUnavailable),
        // A pod that is not ready serves nobody: it must not keep a node from being drained.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: selectorLabels(this, component) },
      },
    });
  }
}
