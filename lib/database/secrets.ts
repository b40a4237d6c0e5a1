import type { EnvironmentSpec } from '../environment/environment';
import { generated, randomText, type SecretUse } from '../secrets/secret-use';

const role = { path: 'database.secret', purpose: 'the tracking server\'s role in the database' };
const administrator = { path: 'database.administratorSecret', purpose: 'the administrator of the database' };
const keys = ['username', 'password'];

/** The Secrets of the database. */
export function secrets({ database }: EnvironmentSpec): SecretUse[] {
  if (database.provider === 'embedded') {
    return [
      generated({ ...role, name: 'mlflow-database', values: { username: 'mlflow', password: randomText } }),
      generated({ ...administrator, name: 'mlflow-database-administrator', values: { username: 'postgres', password: randomText } }),
    ];
  }
  const { secret: name, administratorSecret } = database;
  return [{ ...role, name, keys }, ...administratorSecret === undefined ? [] : [{ ...administrator, name: administratorSecret, keys }]];
}
