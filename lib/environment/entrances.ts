import type { AccessSpec, TlsSpec } from './access';
import type { EnvironmentSpec } from './environment';

/** Some hosts by which requests come from outside the cluster, and who is let in by them. */
export interface Entrance {
  /** Where it stands in the environment file. */
  readonly path: 'gateway' | 'ingress' | 'internal';
  /** Name of its objects. */
  readonly name: string;
  readonly hosts: readonly string[];
  /** @default - no TLS */
  readonly tls?: TlsSpec;
  readonly access: AccessSpec;
}

/** The entrances of an environment: by its public hosts, and by those of the company's own network. */
export function entrances({ gateway, ingress, internal, access = { mode: 'none' } }: EnvironmentSpec): Entrance[] {
  const wayIn = gateway ?? ingress;
  if (!wayIn) return [];
  const main: Entrance = { path: gateway ? 'gateway' : 'ingress', name: 'mlflow', hosts: wayIn.hosts, tls: wayIn.tls, access };
  return internal
    ? [main, { path: 'internal', name: 'mlflow-internal', hosts: internal.hosts, tls: internal.tls ?? main.tls, access: internal.access ?? access }]
    : [main];
}

/** Whether MLflow itself asks who somebody is, of everybody, those inside the cluster as well. */
export function hasUsers(environment: EnvironmentSpec): boolean {
  return environment.access?.mode === 'basic';
}

/** Whether people see https in their browsers. */
export function isEncrypted({ tls }: Pick<Entrance, 'tls'>): boolean {
  return tls !== undefined;
}
