import type { Destination } from '../network/peer';
import type { SecretReference } from '../secrets/secret-environment';

/** A PostgreSQL server and database, and the Secret of a role, with the keys username and password. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** As in libpq. */
  readonly sslMode: string;
  readonly secret: SecretReference;
  /** Where the server is, for network policies. */
  readonly destination: Destination;
}

/**
 * The URI that MLflow connects to. It names its driver: since SQLAlchemy 2.1 a plain `postgresql://` means psycopg 3, which the image
 * lacks. It holds no user and no password: libpq, below the driver, takes them from the variables of `libpqVariables` as they are, so
 * that no character in them needs encoding and no log, error or argument can show them.
 */
export function databaseUri({ host, port, name, sslMode }: DatabaseConnection): string {
  const parameters = Object.entries({ sslmode: sslMode, ...NOTICE_A_LOST_SERVER }).map(([key, value]) => `${key}=${value}`);
  return `postgresql+psycopg2://${host}:${port}/${name}?${parameters.join('&')}`;
}

/**
 * A server whose host lost its power says nothing any more: by default a connection to it waits for a quarter of an hour, and keeps a
 * thread from serving. With these, 20 seconds. Seconds, but for the last, which is in milliseconds.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
const NOTICE_A_LOST_SERVER = { connect_timeout: 5, keepalives_idle: 10, keepalives_interval: 5, keepalives_count: 2, tcp_user_timeout: 20000 };

/** Key of the Secret to variable of libpq (https://www.postgresql.org/docs/current/libpq-envars.html). */
export const libpqVariables = { username: 'PGUSER', password: 'PGPASSWORD' };
