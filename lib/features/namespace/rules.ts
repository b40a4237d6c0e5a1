import type { EnvironmentSpec } from '../environment';
import type { Claim } from '../../kit/claim';
import type { Rule } from '../rule';
import { othersInNamespace, OTHERS_READ } from './derived';

export const rules: readonly Rule[] = [{
  path: 'namespace.create',
  reads: OTHERS_READ,
  problem: (environment) => {
    const { name, create } = environment.namespace;
    const who = othersInNamespace(environment);
    return create && who !== undefined
      ? `${name} ${who}, and a Namespace that others are in must not be labelled or deleted from here: write create: false`
      : undefined;
  },
}];

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [{
  path: 'namespace.create',
  reads: OTHERS_READ,
  problem: (environment) => {
    const { name, create } = environment.namespace;
    const who = othersInNamespace(environment);
    return create === undefined && who !== undefined ? `is false, because ${name} ${who}: write create: false, or another name for a namespace of its own` : undefined;
  },
}];

/** Two environments in one namespace would overwrite each other's objects. */
export function claims({ namespace: { name } }: EnvironmentSpec): Claim[] {
  return [{ path: 'namespace.name', what: `the namespace ${name}`, place: ['namespace', name], inCluster: true }];
}
