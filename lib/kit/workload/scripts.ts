import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigMap, k8s } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { digest } from './digest';
import { componentLabels } from './labels';

export interface ScriptsProps {
  /** Name of the ConfigMap, and of the volume. */
  readonly name: string;
  readonly component: string;
  /**
   * Folder that holds the files.
   * @default - there are none but generated ones
   */
  readonly folder?: string;
  /**
   * Their paths in it, and in the pod.
   * @default none
   */
  readonly files?: readonly string[];
  /**
   * Programs of the folder programs/, which several pods have, that the files import.
   * @default none
   */
  readonly shared?: readonly string[];
  /**
   * Files made at synthesis: name to content.
   * @default none
   */
  readonly generated?: Record<string, string>;
}

/** Program files for a pod, in a ConfigMap that is mounted at a folder of its own. */
export class Scripts extends Construct {
  /** Changes with the files. */
  readonly digest: string;
  readonly volume: k8s.Volume;
  readonly mount: k8s.VolumeMount;

  constructor(scope: Construct, id: string, { name, component, folder = '', files = [], shared = [], generated }: ScriptsProps) {
    super(scope, id);
    const from = (place: string, names: readonly string[]) => Object.fromEntries(names.map((file) => [file, read(join(place, file))]));
    const contents: Record<string, string> = { ...from(folder, files), ...from(join(__dirname, 'programs'), shared), ...generated };
    const key = (file: string) => file.replaceAll('/', '.'); // a ConfigMap's keys are no paths
    const data = Object.fromEntries(Object.entries(contents).map(([file, content]) => [key(file), content]));
    new ConfigMap(this, 'Resource', { metadata: { name, labels: componentLabels(this, component) }, data });
    this.digest = digest(data);
    this.volume = { name, configMap: { name, items: Object.keys(contents).map((path) => ({ key: key(path), path })) } };
    this.mount = { name, mountPath: `/opt/${name}`, readOnly: true };
  }

  /** Where a pod finds one of the files. */
  path(file: string): string {
    return `${this.mount.mountPath}/${file}`;
  }
}

const alreadyRead = new Map<string, string>();

/** Reads a file once, however many environments have it. */
function read(path: string): string {
  const content = alreadyRead.get(path) ?? readFileSync(path, 'utf8');
  alreadyRead.set(path, content);
  return content;
}
