import type { Destination } from '../../kit/network/peer';
import { SecretFiles, type SecretReference } from '../../kit/secrets/secret-files';

/** A PostgreSQL server and database, the Secret of a role, and what makes sure who is at the other end. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** As in libpq. */
  readonly sslMode: string;
  /** Of the role, with the keys username and password. */
  readonly secret: SecretReference;
  /**
   * Secret with the key ca.crt: the authorities; one of them has signed the server's certificate.
   * @default - where sslMode verifies, the authorities that the image knows
   */
  readonly authorities?: SecretReference;
  /**
   * Secret with the keys tls.crt and tls.key, which the server may ask for. The role's Secret need not have a password then.
   * @default none
   */
  readonly clientCertificate?: SecretReference;
  /** Where the server is, for network policies. */
  readonly destination: Destination;
}

const AUTHORITIES = 'ca.crt';
const CERTIFICATE = 'tls.crt';
const KEY = 'tls.key';

/** The files that a role signs in with, in a folder of their own. */
export function signInFiles(name: string, role: SecretReference, { authorities, clientCertificate }: DatabaseConnection): SecretFiles {
  return new SecretFiles(name, [
    { secret: role, files: { username: 'username' } },
    { secret: role, files: { password: 'password' }, optional: clientCertificate !== undefined },
    ...authorities ? [{ secret: authorities, files: { [AUTHORITIES]: AUTHORITIES } }] : [],
    ...clientCertificate ? [{ secret: clientCertificate, files: { [CERTIFICATE]: CERTIFICATE, [KEY]: KEY } }] : [],
  ]);
}

/** The authorities that MLflow's image knows. By `system` psycopg2 finds none: it brings an OpenSSL that looks where it was built. */
const AUTHORITIES_OF_THE_IMAGE = '/etc/ssl/certs/ca-certificates.crt';

/**
 * A server whose host lost its power says nothing any more: by default a connection to it waits for a quarter of an hour, and keeps a
 * thread from serving. With these, 20 seconds. Seconds, except the last, which is in milliseconds.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
const NOTICE_A_LOST_SERVER = { connect_timeout: 5, keepalives_idle: 10, keepalives_interval: 5, keepalives_count: 2, tcp_user_timeout: 20000 };

/** The driver's name in URIs: connections.py. */
export const DRIVER = 'platform';

/**
 * The URI of a database for connections.py, which says what is behind `postgresql+platform`. It holds no user and no password, only the
 * folder in which they are, so that no character in them needs encoding and no log, error or argument can show them.
 *
 * @param files of the role that signs in
 */
export function databaseUri({ host, port, name, sslMode, authorities, clientCertificate }: DatabaseConnection, files: SecretFiles): string {
  const parameters = {
    sslmode: sslMode,
    ...sslMode.startsWith('verify') ? { sslrootcert: authorities ? files.path(AUTHORITIES) : AUTHORITIES_OF_THE_IMAGE } : {},
    ...clientCertificate ? { sslcert: files.path(CERTIFICATE), sslkey: files.path(KEY) } : {},
    secret: files.mount.mountPath,
    // A standby takes no writes. Poolers pass no such wish on, so /ready asks, too.
    target_session_attrs: 'read-write',
    ...NOTICE_A_LOST_SERVER,
  };
  return `postgresql+${DRIVER}://${host}:${port}/${name}?${Object.entries(parameters).map(([key, value]) => `${key}=${value}`).join('&')}`;
}
