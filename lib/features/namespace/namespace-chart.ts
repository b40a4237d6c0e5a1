import { Chart } from 'cdk8s';
import { Namespace } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Environment } from '../environment';
import { environmentLabels } from '../../kit/workload/labels';
import { KEEP } from '../../kit/workload/keep';

/** The Namespace, apart from what is in it: a chart's namespace would be set on the Namespace itself, too. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, { name, namespace }: Environment) {
    super(scope, 'namespace', { labels: environmentLabels(name) });
    // Pods are refused; of a Deployment or Job whose pods would be, kubectl warns.
    const labels = Object.fromEntries(['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']));
    new Namespace(this, 'Namespace', { metadata: { name: namespace.name, labels, annotations: KEEP } });
  }
}
