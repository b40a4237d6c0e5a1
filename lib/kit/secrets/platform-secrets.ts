import { k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { digest } from '../workload/digest';
import type { SecretReference } from './secret-files';
import type { SecretUse, SecretValues } from './secret-use';

export interface PlatformSecretsProps {
  /** What the environment uses Secrets for. */
  readonly uses: readonly SecretUse[];
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
  constructor(scope: Construct, id: string, private readonly props: PlatformSecretsProps) {
    super(scope, id);
  }

  /**
   * The Secret that the environment file names at a path, rendered at its first mention where its values are known.
   *
   * @param path e.g. `database.secret`, also where the file cannot name it
   */
  at(path: string): SecretReference {
    const secret = this.find(path);
    if (!secret) throw new Error(`no Secret is used for ${path}`);
    return secret;
  }

  /** The same where the file may name none. */
  find(path: string): SecretReference | undefined {
    const use = this.props.uses.find((each) => each.path === path);
    if (!use) return undefined;
    const { name } = use;
    const values = this.props.values && Object.hasOwn(this.props.values, name) ? this.props.values[name] : undefined;
    if (!values) return { name, revision: String(this.props.revision) };
    if (!this.node.tryFindChild(path)) {
      // base64 in `data`: what is in `stringData` would be sent again by every apply.
      const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
      new k8s.KubeSecret(this, path, { metadata: { name }, type: 'Opaque', data });
    }
    return { name, revision: digest(values) };
  }
}
