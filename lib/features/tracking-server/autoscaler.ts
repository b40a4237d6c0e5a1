import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentLabels } from '../../kit/workload/labels';

export interface Autoscaling {
  /** Pods at rest. */
  readonly minReplicas: number;
  /** Pods under load. */
  readonly maxReplicas: number;
  /** Percentage of the requested CPU that the pods should use on average. */
  readonly targetCpuPercent: number;
}

export interface AutoscalerProps extends Autoscaling {
  /** Name of the Deployment, and of this. */
  readonly name: string;
  readonly component: string;
  readonly version: string;
}

/** Changes the number of a Deployment's pods by their use of CPU; the cluster needs a metrics server. Memory does not follow load. */
export class Autoscaler extends Construct {
  constructor(scope: Construct, id: string, { name, component, version, minReplicas, maxReplicas, targetCpuPercent }: AutoscalerProps) {
    super(scope, id);
    new k8s.KubeHorizontalPodAutoscalerV2(this, 'Resource', {
      metadata: { name, labels: componentLabels(this, component, version) },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas,
        maxReplicas,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCpuPercent } } }],
      },
    });
  }
}
