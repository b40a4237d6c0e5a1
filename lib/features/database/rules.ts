import type { EnvironmentSpec } from '../environment';
import type { Claim } from '../../kit/claim';
import type { Rule } from '../rule';
import { isPlaced, isPlatform, placeOfHost, problemOfName } from '../../kit/network/places';

export const rules: readonly Rule[] = [
  {
    path: 'database.provider',
    reads: ['profile', 'database'],
    problem: ({ profile, database }) => profile === 'production' && database.provider === 'embedded'
      ? 'embedded is one pod without a standby, for profile: local: write provider: external and the host of a PostgreSQL server'
      : undefined,
  },
  {
    path: 'database.host',
    reads: ['database', 'clusterDomain', 'network.database'],
    problem: ({ database, clusterDomain, network }) => database.provider === 'external' && !isPlaced(network.database)
      ? problemOfName(database.host, clusterDomain, 'network.database')
      : undefined,
  },
  {
    path: 'database.host',
    reads: ['database', 'namespace', 'clusterDomain'],
    problem: ({ database, namespace, clusterDomain }) => database.provider === 'external' && isPlatform(database.host, { namespace: namespace.name, clusterDomain })
      ? 'is this platform\'s own Service: write the host of the PostgreSQL server'
      : undefined,
  },
  {
    path: 'database.sslMode',
    reads: ['database'],
    problem: ({ database }) => {
      if (database.provider !== 'external') return undefined;
      const { sslMode, caSecret, clientCertificateSecret } = database;
      if (sslMode === 'verify-ca' && caSecret === undefined) {
        return 'verify-ca trusts whoever has a certificate of an authority, and of those that everybody knows anybody has one: write verify-full, or name your own authority in caSecret';
      }
      if (caSecret !== undefined && !sslMode.startsWith('verify')) {
        return `${sslMode} verifies nobody, and caSecret would not be read: write verify-full, or verify-ca where the certificate has another name than the host, or no caSecret`;
      }
      if (clientCertificateSecret !== undefined && ['disable', 'allow', 'prefer'].includes(sslMode)) {
        return `${sslMode} may connect without TLS, and then without the certificate of clientCertificateSecret: write verify-full, or require`;
      }
      return undefined;
    },
  },
  {
    path: 'database.setUp',
    reads: ['database'],
    problem: ({ database }) => {
      if (database.provider !== 'external') return undefined;
      const { setUp, administratorSecret } = database;
      if (setUp === false && administratorSecret !== undefined) return 'false means that no Job sets up role and database, and administratorSecret names who would: leave out one of them';
      if (setUp && administratorSecret === undefined) return 'true needs an administrator: name the Secret of one in administratorSecret';
      return undefined;
    },
  },
  {
    path: 'database.takeOver',
    reads: ['database'],
    problem: ({ database }) => database.provider === 'external' && database.takeOver && database.administratorSecret === undefined
      ? 'needs the Job that sets up role and database: name an administratorSecret, or leave out takeOver'
      : undefined,
  },
];

/** What is allowed, and probably not meant. */
export const warnings: readonly Rule[] = [{
  path: 'database.connectionLimit',
  reads: ['database'],
  problem: ({ database }) => database.provider === 'external' && database.connectionLimit !== undefined && !database.administratorSecret
    ? 'is set by the Job that sets the role up, and without administratorSecret there is none: set it by hand, or leave it out'
    : undefined,
}];

/** Two environments in one database would be one platform with two servers, and each would think it is alone. */
export function claims({ database, access, namespace, network, clusterDomain }: EnvironmentSpec): Claim[] {
  if (database.provider === 'embedded') return []; // its namespace's
  const { host, port } = database;
  const { place, inCluster } = placeOfHost(host, { namespace: namespace.name, clusterDomain, peer: network.database });
  const claim = (path: string, name: string) => ({ path, what: `the database ${name} at ${host}:${port}`, place: ['database', place, name], port, inCluster });
  return [claim('database.name', database.name), ...access?.mode === 'basic' ? [claim('access.databaseName', access.databaseName)] : []];
}
