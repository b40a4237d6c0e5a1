import { ApiObject, JsonPatch } from 'cdk8s';
import { Service, type ServicePort, ServiceType } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { componentLabels, selectorLabels } from './labels';

export interface ComponentServiceProps {
  /** Name of the Service: its host name in the namespace. */
  readonly name: string;
  /** Component whose pods it leads to. */
  readonly component: string;
  readonly version: string;
  readonly port: ServicePort & { readonly name: string };
  /**
   * Whether its name stands for the pods' own addresses, instead of one address for them all.
   * @default false
   */
  readonly headless?: boolean;
}

/** The Service of one component's pods, selected by labels that stay the same when constructs move. */
export class ComponentService extends Service {
  constructor(scope: Construct, id: string, { name, component, version, port, headless }: ComponentServiceProps) {
    super(scope, id, {
      metadata: { name, labels: componentLabels(scope, component, version) },
      type: port.nodePort ? ServiceType.NODE_PORT : ServiceType.CLUSTER_IP,
      clusterIP: headless ? 'None' : undefined,
      ports: [port],
    });
    for (const [key, value] of Object.entries(selectorLabels(scope, component))) this.selectLabel(key, value);
    // The empty list that cdk8s-plus renders is not stored, so that every apply would send it again.
    ApiObject.of(this).addJsonPatch(JsonPatch.remove('/spec/externalIPs'));
  }
}
