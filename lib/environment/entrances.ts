import type { AccessSpec, TlsSpec } from '../access/settings';
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

/** What stands in the path of an entrance's requests, behind the gateway or the Ingress, if anything does: the name of its component. */
export function guardOf({ path, access: { mode } }: Entrance): string | undefined {
  const guard = mode === 'oidc' ? 'sign-in' : mode === 'cloudflare-access' ? 'token-verifier' : undefined;
  return guard && path === 'internal' ? `internal-${guard}` : guard;
}

/** Names of the Secrets with which sessions are encrypted. */
export function cookieSecrets(environment: EnvironmentSpec): string[] {
  const named = entrances(environment).map(({ access }) => access).filter((access) => access.mode === 'oidc');
  return [...new Set(named.map(({ cookieSecret }) => cookieSecret))];
}

/** Whether MLflow itself asks who somebody is, of everybody, those inside the cluster as well. */
export function hasUsers(environment: EnvironmentSpec): boolean {
  return environment.access?.mode === 'basic';
}

/** Whether people see https in their browsers. */
export function isEncrypted({ tls }: Pick<Entrance, 'tls'>): boolean {
  return tls !== undefined;
}
