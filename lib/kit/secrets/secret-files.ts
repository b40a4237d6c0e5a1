import type { k8s } from 'cdk8s-plus-27';

/** A Secret in the platform's namespace. */
export interface SecretReference {
  readonly name: string;
  /** Changes when the values in the Secret did, as far as the synthesis can know. */
  readonly revision: string;
}

/** Which keys of a Secret become which files. */
export interface SecretSource {
  readonly secret: SecretReference;
  /** Key of the Secret to name of the file. */
  readonly files: Record<string, string>;
  /**
   * Whether a pod may start without them.
   * @default false
   */
  readonly optional?: boolean;
}

/** Values of Secrets as files of a container. */
export class SecretFiles {
  readonly volume: k8s.Volume;
  readonly mount: k8s.VolumeMount;
  /** Changes with the values, as far as the synthesis can know. */
  readonly revisions: string[];

  /** @param name of the volume, so that a pod can have several */
  constructor(name: string, sources: readonly SecretSource[]) {
    this.volume = {
      name,
      projected: {
        defaultMode: 0o440,
        sources: sources.map(({ secret, files, optional }) => ({
          secret: { name: secret.name, items: Object.entries(files).map(([key, path]) => ({ key, path })), ...optional ? { optional } : {} },
        })),
      },
    };
    this.mount = { name, mountPath: `/run/secrets/${name}`, readOnly: true };
    this.revisions = [...new Set(sources.map(({ secret }) => `${secret.name}=${secret.revision}`))];
  }

  /** Where the container finds one of the files. */
  path(file: string): string {
    return `${this.mount.mountPath}/${file}`;
  }
}
