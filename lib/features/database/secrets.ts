import type { EnvironmentSpec } from '../environment';
import { authorities, generated, randomText, type SecretUse } from '../../kit/secrets/secret-use';

const role = { path: 'database.secret', purpose: 'the tracking server\'s role in the database' };
const administrator = { path: 'database.administratorSecret', purpose: 'the administrator of the database' };
const certificate = { path: 'database.clientCertificateSecret', purpose: 'the tracking server\'s certificate at the database' };
const keys = ['username', 'password'];

/** The Secrets of the database. */
export function secrets({ database }: EnvironmentSpec): SecretUse[] {
  if (database.provider === 'embedded') {
    return [
      generated({ ...role, name: 'mlflow-database', values: { username: 'mlflow', password: randomText } }),
      generated({ ...administrator, name: 'mlflow-database-administrator', values: { username: 'postgres', password: randomText } }),
    ];
  }
  const { secret: name, administratorSecret, caSecret, clientCertificateSecret } = database;
  return [
    // A server that asks for a certificate need not ask for a password.
    { ...role, name, keys: clientCertificateSecret === undefined ? keys : ['username'] },
    ...administratorSecret === undefined ? [] : [{ ...administrator, name: administratorSecret, keys }],
    ...authorities('database.caSecret', caSecret),
    ...clientCertificateSecret === undefined ? [] : [{ ...certificate, name: clientCertificateSecret, keys: ['tls.crt', 'tls.key'] }],
  ];
}
