import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { digest } from '../workload/digest';
import type { SecretValues } from './generated-secrets';
import type { SecretReference } from './secret-environment';

export interface PlatformSecretsProps {
  /**
   * Values of Secrets to render: name to key to value. Only for environments whose output stays on this machine.
   * @default - every Secret exists in the cluster
   */
  readonly values?: SecretValues;
  /** Raised by people when the values in an existing Secret changed. */
  readonly revision: number;
}

/** The platform's Secrets, one a purpose: rendered where the values are known, named where they exist. */
export class PlatformSecrets extends Construct {
  private readonly values: SecretValues;
  private readonly revision: string;

  constructor(scope: Construct, id: string, { values = {}, revision }: PlatformSecretsProps) {
    super(scope, id);
    this.values = values;
    this.revision = String(revision);
  }

  /** The Secret of a name, rendered at its first mention where its values are known. */
  named(name: string): SecretReference {
    const values = Object.hasOwn(this.values, name) ? this.values[name] : undefined;
    if (!values) return { name, revision: this.revision };
    if (!this.node.tryFindChild(name)) {
      // base64 in `data`: what is in `stringData` would be sent again by every apply.
      const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
      new k8s.KubeSecret(this, name, { metadata: { name }, type: 'Opaque', data });
    }
    return { name, revision: digest(values) };
  }
}
