import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';
const VERSION = 'app.kubernetes.io/version';

/** Labels that every object of an environment has. */
export function environmentLabels(environment: string): Record<string, string> {
  return {
    [NAME]: 'mlflow',
    [INSTANCE]: environment,
    'app.kubernetes.io/part-of': 'mlflow-platform',
    'app.kubernetes.io/managed-by': 'cdk8s',
  };
}

/** Labels of one component's objects and pods. The environment's own are those of the chart around `scope`. */
export function componentLabels(scope: Construct, component: string, version?: string): Record<string, string> {
  return { ...Chart.of(scope).labels, [COMPONENT]: component, ...(version ? { [VERSION]: version } : {}) };
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
