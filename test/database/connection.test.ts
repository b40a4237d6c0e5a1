import { databaseUri } from '../../lib/database/connection';
import { database } from '../testing';

test('the URI names driver, server, database and TLS, and no user or password', () => {
  expect(databaseUri(database)).toMatch(/^postgresql\+psycopg2:\/\/db\.example\.com:5433\/tracking\?sslmode=verify-full(&|$)/);
});

test('a server that says nothing any more is noticed within 20 seconds', () => {
  expect(Object.fromEntries(new URL(databaseUri(database)).searchParams)).toMatchObject({
    connect_timeout: '5', keepalives_idle: '10', keepalives_interval: '5', keepalives_count: '2', tcp_user_timeout: '20000',
  });
});
