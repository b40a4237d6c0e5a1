import type { DatabaseConnection } from '../../../lib/features/database/connection';
import { TrackingServer } from '../../../lib/features/tracking-server/tracking-server';
import type { TrackingServerProps } from '../../../lib/features/tracking-server/tracking-server-props';
import { bucket, databaseClient, find, leastTrackingServer, objectsOf, secret, testChart, workload, type Container, type Pod } from '../../testing';

export type Change = (least: TrackingServerProps) => TrackingServerProps;

export const asItIs: Change = (least) => least;

export function server(change = asItIs, connection?: Partial<DatabaseConnection>) {
  const chart = testChart();
  return new TrackingServer(chart, 'Test', change(leastTrackingServer(chart, connection)));
}

export function deployment(change = asItIs, connection?: Partial<DatabaseConnection>) {
  return workload(objectsOf(server(change, connection)), 'Deployment');
}

export function pod(change = asItIs): Pod {
  return deployment(change).spec.template.spec;
}

export function main(change = asItIs): Container {
  return pod(change).containers[0]!;
}

export function settings(change = asItIs): Record<string, string> {
  return find(objectsOf(server(change)), 'ConfigMap', 'mlflow').data as Record<string, string>;
}

export const all = (least: TrackingServerProps): Required<Omit<TrackingServerProps, 'replicas'>> => ({
  version: '3.16.0',
  autoscaling: { minReplicas: 3, maxReplicas: 6, targetCpuPercent: 60 },
  disruptionBudget: { maxUnavailable: 2 },
  priorityClassName: 'high',
  workers: 4,
  threads: 8,
  resources: { requests: { cpu: '250m', memory: '2Gi' }, limits: { cpu: '2', memory: '3Gi' } },
  largestRequest: 2 ** 26,
  demo: true,
  temporaryStorage: '10Gi',
  spread: 'soft',
  database: databaseClient(testChart(), { name: 'other' }),
  schema: least.schema,
  users: { databaseUri: 'postgresql+platform://db/users', defaultPermission: 'READ' },
  artifacts: { ...bucket, endpoint: 'http://minio:9000' },
  keys: secret('other-keys'),
  allowedHosts: ['mlflow.example.com'],
  corsOrigins: ['https://mlflow.example.com', 'https://mlflow.local'],
  nodePort: 30500,
  clients: [{ namespace: 'training' }, { cidrs: ['10.30.0.0/16'] }],
  callees: [{ namespace: 'receivers', port: 8443, scheme: 'http', purpose: 'webhooks' }],
  authorities: secret('companys-authorities'),
  clusterDomain: 'example.local',
});
