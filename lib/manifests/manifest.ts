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
 * The number with which the names of a kind's files begin, and so the order in which `kubectl apply -f <folder>` sends the kinds: what others
 * refer to comes first. A number is never changed, because files would be renamed by that. A new kind gets that of a kind next to which it
 * may come, before or after by its name: several kinds may have one number. What nobody refers to gets a number after the last one.
 */
const NUMBERS: Readonly<Record<string, number | undefined>> = {
  Namespace: 10,
  Secret: 11,
  ConfigMap: 12,
  PersistentVolumeClaim: 13,
  NetworkPolicy: 14,
  Service: 15,
  StatefulSet: 16,
  Job: 17,
  Deployment: 18,
  PodDisruptionBudget: 19,
  HorizontalPodAutoscaler: 20,
  Certificate: 21,
  Ingress: 22,
  EnvoyProxy: 23,
  Gateway: 24,
  HTTPRoute: 25,
  SecurityPolicy: 26,
  ClientTrafficPolicy: 27,
  BackendTrafficPolicy: 28,
  ServiceMonitor: 29,
};

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

/** `<number>-<kind>-<name>.yaml`, without the hash in a Job's name: so a changed Job is a changed file. */
function fileName({ kind, metadata: { name } }: KubernetesObject): string {
  const number = NUMBERS[kind];
  if (number === undefined) throw new Error(`${kind} has no number in the order of kinds`);
  const stableName = kind === 'Job' ? name.replace(/-[0-9a-f]{8}$/, '') : name;
  return `${number}-${kind.toLowerCase()}-${stableName}.yaml`;
}
