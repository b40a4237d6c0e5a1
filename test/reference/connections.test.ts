import { connections } from '../../lib/reference/connections';
import { examples } from '../examples';
import { manifestsOf } from '../testing';

test('every component that any example or environment has is in the table', () => {
  const all = [...examples.flatMap(({ manifests }) => manifests), ...manifestsOf('local'), ...manifestsOf('production')];
  const components = all.filter(({ object }) => object.kind === 'NetworkPolicy').map(({ object }) => object.metadata.name.replace('mlflow-', ''));
  expect([...new Set(components)].filter((component) => !connections().includes(`\`${component}\``))).toEqual([]);
});

test('a row tells who may connect to a component, at which ports', () => {
  expect(connections()).toContain('\n| `postgres` | 5432 | `administrator`, `database-set-up`, `schema`, `tracking-server` |\n');
  expect(connections()).toContain('\n| `tracking-server` | 9464 | Prometheus (`network.prometheus`) |\n');
  expect(connections()).toContain('\n| the OpenID Connect provider | 443 | `internal-sign-in`, `sign-in` |\n');
});
