import { join } from 'node:path';
import { apply, kubectl } from '../e2e/kubectl';
import { Workspace } from '../e2e/platform';
import type { Contender } from './contender';

/** Where the load comes from. */
export const CLIENTS = 'bench-clients';

/** What all replicas of a contender may use together, in cores and GiB: two replicas of the platform's default limits. */
export const LIMITS = { cpu: 2, memory: 4 };

const database = { username: 'mlflow', password: 'the-databases-password' };
const objectStore = { 'access-key-id': 'mlflow', 'secret-access-key': 'the-object-stores-key' };

/** This platform as its own program renders it, with all defaults. */
export function platform(tracking: object = {}): Contender {
  const namespace = 'bench-platform';
  return {
    name: 'this platform',
    namespace,
    uri: `http://mlflow.${namespace}.svc.cluster.local:5000`,
    start: async () => {
      const workspace = new Workspace('bench').write({
        profile: 'local',
        namespace: { name: namespace },
        tracking,
        database: { provider: 'external', host: `postgres.${namespace}.svc.cluster.local`, sslMode: 'disable' },
        artifactStore: { provider: 'minio', endpoint: `http://minio.${namespace}.svc.cluster.local:9000` },
        network: { clients: [{ namespace: CLIENTS }] },
      }).writeSecrets({ 'mlflow-database': database, 'mlflow-object-store': objectStore });
      await apply(workspace.render());
    },
  };
}

/** The Deployment of the most used chart. */
export const chart: Contender = {
  name: 'most used chart',
  namespace: 'bench-chart',
  uri: 'http://mlflow.bench-chart.svc.cluster.local',
  start: async () => {
    await kubectl(['-n', 'bench-chart', 'apply', '-f', join(__dirname, 'chart.yaml')]);
  },
};
