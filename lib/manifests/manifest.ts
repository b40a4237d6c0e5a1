import type { App, Chart } from 'cdk8s';
import { dump } from 'js-yaml';

/** One object of Kubernetes, and the file that it goes to. */
export interface Manifest {
  readonly file: string;
  readonly object: KubernetesObject;
  readonly yaml: string;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** The folder of a production environment's Namespace, in that of its other manifests. */
export const NAMESPACE_FOLDER = 'namespace';

/**
 * The order in which `kubectl apply -f <folder>` sends the kinds, which is that of the files' names: what others refer to comes first.
 */
const ORDER = [
  'Namespace', 'Secret', 'ConfigMap', 'PersistentVolumeClaim', 'NetworkPolicy', 'Service', 'StatefulSet', 'Job', 'Deployment',
  'PodDisruptionBudget', 'HorizontalPodAutoscaler', 'Certificate', 'Ingress', 'EnvoyProxy', 'Gateway', 'HTTPRoute', 'SecurityPolicy', 'ClientTrafficPolicy',
  'BackendTrafficPolicy', 'ServiceMonitor',
];

/**
 * One line a value, however long, and no anchors. js-yaml rather than cdk8s' own Yaml, which takes three times as long and leaves `<<`
 * and `0o17` without quotes.
 */
const STYLE = { lineWidth: -1, noRefs: true, quoteStyle: 'double' } as const;

/** Everything in an app's charts, in the order of its files. */
export function manifests(app: App): Manifest[] {
  const all = app.charts.flatMap((chart: Chart) => chart.toJson() as KubernetesObject[])
    .map((object) => ({ file: fileName(object), object, yaml: dump(object, STYLE) }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  const twin = all.find(({ file }, index) => file === all[index + 1]?.file);
  if (twin) throw new Error(`two objects would be in ${twin.file}`);
  return all;
}

/** `<order>-<kind>-<name>.yaml`, without the hash in a Job's name: so a changed Job is a changed file. */
function fileName({ kind, metadata: { name } }: KubernetesObject): string {
  const place = ORDER.indexOf(kind);
  if (place < 0) throw new Error(`${kind} has no place in the order of kinds`);
  const stableName = kind === 'Job' ? name.replace(/-[0-9a-f]{8}$/, '') : name;
  return `${place + 10}-${kind.toLowerCase()}-${stableName}.yaml`;
}
