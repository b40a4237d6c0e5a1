import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';
const VERSION = 'app.kubernetes.io/version';
const PART_OF = 'app.kubernetes.io/part-of';
const PLATFORM = 'mlflow-platform';
const NAME_OF_ALL = 'mlflow';

/** The annotation of every object of an environment that names its cluster. */
export const CLUSTER_ANNOTATION = `${PLATFORM}/cluster`;

/** Labels that every object of an environment has. */
export function environmentLabels(environment: string): Record<string, string> {
  return {
    [NAME]: NAME_OF_ALL,
    [INSTANCE]: environment,
    [PART_OF]: PLATFORM,
    'app.kubernetes.io/managed-by': 'cdk8s',
  };
}

/** The environment of an object with these labels, or undefined where the object is none of this program's. */
export function environmentOf(labels: Record<string, unknown> = {}): string | undefined {
  const { [PART_OF]: platform, [INSTANCE]: environment } = labels;
  return platform === PLATFORM && typeof environment === 'string' ? environment : undefined;
}

/** Labels of one component's objects and pods. The environment's own are those of the chart around `scope`. */
export function componentLabels(scope: Construct, component: string, version?: string): Record<string, string> {
  return { ...Chart.of(scope).labels, [COMPONENT]: component, ...(version ? { [VERSION]: version } : {}) };
}

/**
 * What selects the Services of one component, in their namespace. Not by the environment: Argo CD, unless it is told otherwise, sets that
 * label to the name of its Application on every object, though not on pods.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
 */
export function serviceSelector(component: string): Record<string, string> {
  return { [NAME]: NAME_OF_ALL, [COMPONENT]: component };
}

/**
 * What selects one component's pods: never changes, as Kubernetes demands, and differs in the component from any other's,
 * so that no selector matches another workload's pods.
 */
export function selectorLabels(scope: Construct, component: string): Record<string, string> {
  const { [NAME]: name, [INSTANCE]: instance } = Chart.of(scope).labels;
  if (!name || !instance) throw new Error('the chart needs the labels of environmentLabels(): they tell its pods from those of others');
  return { [NAME]: name, [INSTANCE]: instance, [COMPONENT]: component };
}
