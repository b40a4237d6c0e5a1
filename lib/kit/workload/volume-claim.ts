import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { KEEP } from './keep';
import { componentLabels } from './labels';

export interface VolumeClaimProps {
  readonly name: string;
  readonly component: string;
  /** Size, as a quantity. */
  readonly storage: string;
}

/**
 * A volume that outlives the pods that use it. An object of its own and no template in a StatefulSet: the API server completes such a
 * template, so that every apply would send it again.
 */
export class VolumeClaim extends Construct {
  /** For the pod. */
  readonly volume: k8s.Volume;

  constructor(scope: Construct, id: string, { name, component, storage }: VolumeClaimProps) {
    super(scope, id);
    new k8s.KubePersistentVolumeClaim(this, 'Resource', {
      metadata: { name, labels: componentLabels(this, component), annotations: KEEP },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: k8s.Quantity.fromString(storage) } } },
    });
    this.volume = { name: 'data', persistentVolumeClaim: { claimName: name } };
  }
}
