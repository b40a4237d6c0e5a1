import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { k8s } from 'cdk8s-plus-27';
import { SecretFiles, type SecretReference } from './secret-files';

export type { SecretReference };

/** Which keys of a Secret become which variables. */
export interface SecretVariables {
  readonly secret: SecretReference;
  /** Key of the Secret to name of the variable. */
  readonly variables: Record<string, string>;
}

const LAUNCHER = readFileSync(join(__dirname, 'with-secrets.sh'), 'utf8');

/**
 * Gives a container's program the values of Secrets as environment variables, read from files when it starts. So they are in no
 * argument and not in the pod's own environment, which `kubectl describe`, `kubectl exec` and crash reports show.
 */
export class SecretEnvironment extends SecretFiles {
  /** @param name of the volume, so that a pod can have several */
  constructor(name: string, sources: readonly SecretVariables[]) {
    super(name, sources.map(({ secret, variables }) => ({ secret, files: variables })));
  }

  /** The command of a container that starts `program` with the secrets in its environment. */
  launch(program: readonly string[]): Pick<k8s.Container, 'command' | 'args'> {
    return { command: ['/bin/sh', '-c', `SECRETS=${this.mount.mountPath}\n${LAUNCHER}`, 'with-secrets'], args: [...program] };
  }
}
