import { databaseUri, signInFiles, type DatabaseConnection } from '../../../lib/features/database/connection';
import { database, databaseClient, find, objectsOf, secret, secretFiles, testChart, type Volume } from '../../testing';

const all: Required<DatabaseConnection> = { ...database, authorities: secret('the-authorities'), clientCertificate: secret('the-certificate') };

function files(connection: DatabaseConnection) {
  return signInFiles('database', connection.secret, connection);
}

function uri(connection: DatabaseConnection) {
  return new URL(databaseUri(connection, files(connection)));
}

function parameters(connection: DatabaseConnection) {
  return Object.fromEntries(uri(connection).searchParams);
}

test('the URI names server, database and TLS, and where user and password are, but neither of them', () => {
  expect(uri(database).href).toMatch(/^postgresql\+platform:\/\/db\.example\.com:5433\/tracking\?sslmode=verify-full&/);
  expect(parameters(database)).toMatchObject({ secret: '/run/secrets/database' });
});

test('SQLAlchemy finds the driver of the URI by the name that the URI has', () => {
  const [, driver] = /^postgresql\+(\w+):/.exec(databaseUri(database, files(database)))!;
  const programs = find(objectsOf(databaseClient(testChart())), 'ConfigMap', 'mlflow-connections').data as Record<string, string>;
  expect(programs['mlflow_connections-1.dist-info.entry_points.txt']).toBe(`[sqlalchemy.dialects]\npostgresql.${driver} = connections:Dialect\n`);
});

test('a server that says nothing any more is noticed within 20 seconds', () => {
  expect(parameters(database)).toMatchObject({
    connect_timeout: '5', keepalives_idle: '10', keepalives_interval: '5', keepalives_count: '2', tcp_user_timeout: '20000',
  });
});

test('nobody connects to a standby, which takes no writes', () => {
  expect(parameters(database)).toMatchObject({ target_session_attrs: 'read-write' });
});

test('authorities and a client\'s certificate are files of their Secrets, and then the role\'s Secret need not have a password', () => {
  expect(parameters(all)).toMatchObject({
    sslrootcert: '/run/secrets/database/ca.crt', sslcert: '/run/secrets/database/tls.crt', sslkey: '/run/secrets/database/tls.key',
  });
  const { volume, revisions } = files(all);
  expect(secretFiles({ containers: [], volumes: [volume as Volume] }, 'database')).toEqual({
    'the-database/username': 'username', 'the-database/password': 'password',
    'the-authorities/ca.crt': 'ca.crt', 'the-certificate/tls.crt': 'tls.crt', 'the-certificate/tls.key': 'tls.key',
  });
  expect(volume.projected?.sources?.map(({ secret: source }) => source?.optional)).toEqual([undefined, true, undefined, undefined]);
  expect(revisions).toEqual(['the-database=1', 'the-authorities=1', 'the-certificate=1']);
});

test.each([
  ['verify-full', { sslrootcert: '/etc/ssl/certs/ca-certificates.crt' }],
  ['require', {}],
  ['disable', {}],
])('with sslMode %s and nothing else the server is verified by %o', (sslMode, expected) => {
  const { sslrootcert, sslcert, sslkey } = parameters({ ...database, sslMode });
  expect({ sslrootcert, sslcert, sslkey }).toEqual(expected);
});
