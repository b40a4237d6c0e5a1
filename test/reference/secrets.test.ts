import { environmentJsonSchema } from '../../lib/environment/json-schema';
import { pathsOfSecrets, secrets } from '../../lib/reference/secrets';

test('the table has every setting of the schema that names a Secret', () => {
  const named: string[] = [];
  const visit = (node: unknown, path: readonly string[]): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, property] of Object.entries(value as object)) {
          if (/^secret$|Secret$/.test(name)) named.push([...path, name].join('.'));
          visit(property, [...path, name]);
        }
      } else {
        visit(value, path);
      }
    }
  };
  visit(environmentJsonSchema(), []);
  const told = new Set(pathsOfSecrets());
  const missing = [...new Set(named)].filter((path) => !told.has(path));
  expect(missing).toEqual(['internal.access.administratorSecret']); // users are MLflow's at all entrances, so `access` names it
});

test('a row tells name, keys, purpose, who makes the Secret, and what renames it', () => {
  expect(secrets()).toContain(
    '| `mlflow-server-keys` | `flask-secret-key`, `kek-passphrase`, `webhook-key` | the tracking server\'s keys '
    + '| you; locally the program, as `mlflow-server-keys-generated` | `tracking.keysSecret` |\n');
  expect(secrets()).toContain('| cert-manager | `gateway.tls` |\n');
});
