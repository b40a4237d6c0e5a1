import type { AccessSpec, TlsSpec } from './settings';
import type { EnvironmentSpec } from '../environment';

/** Hosts through which requests come from outside the cluster, and who is let in there. */
export interface Entrance {
  /** Where it stands in the environment file. */
  readonly path: 'gateway' | 'ingress' | 'internal';
  /** Name of its objects. */
  readonly name: string;
  readonly hosts: readonly string[];
  /** @default - no TLS */
  readonly tls?: TlsSpec;
  /** Where the file says that: an entrance may have another's. */
  readonly tlsPath: string;
  readonly access: AccessSpec;
  /** Where the file says that, too. */
  readonly accessPath: string;
}

/** The entrances of an environment: its public hosts, and those of the company's own network. */
export function entrancesOf({ gateway, ingress, internal, access = { mode: 'none' } }: EnvironmentSpec): Entrance[] {
  const open = gateway ?? ingress;
  if (!open) return [];
  const path = gateway ? 'gateway' : 'ingress';
  const main: Entrance = { path, name: 'mlflow', hosts: open.hosts, tls: open.tls, tlsPath: `${path}.tls`, access, accessPath: 'access' };
  if (!internal) return [main];
  return [main, {
    path: 'internal',
    name: 'mlflow-internal',
    hosts: internal.hosts,
    ...internal.tls ? { tls: internal.tls, tlsPath: 'internal.tls' } : { tls: main.tls, tlsPath: main.tlsPath },
    ...internal.access ? { access: internal.access, accessPath: 'internal.access' } : { access, accessPath: main.accessPath },
  }];
}

/** Whether people see https in their browsers. */
export function isEncrypted({ tls }: Pick<Entrance, 'tls'>): boolean {
  return tls !== undefined;
}
