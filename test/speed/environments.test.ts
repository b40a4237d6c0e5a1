import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE, inCopy, PRODUCTION, run } from '../copy';

/* Apart from the unit tests, because it takes as long as half of them. */

jest.setTimeout(300_000);

/** Of four kinds in turn: between them they have every part that an environment can have. No two have anything in common. */
function environmentFile(index: number): string {
  return [
    PRODUCTION.replaceAll('mlflow.254carbon.com', `mlflow-${index}.example.com`).replace('mlflow.local', `mlflow-${index}.local`).replaceAll('data-platform', `data-${index}`),
    `{profile: local, namespace: {name: team-${index}}, service: {type: NodePort, nodePort: ${30000 + index}}, network: {clients: [{cidrs: [10.20.0.0/16]}]}}`,
    `{namespace: {name: team-${index}}, database: {provider: external, host: db-${index}.example.com}, artifactStore: {provider: s3, bucket: team-${index}}, tracking: {replicas: 3}, network: {clients: [{namespace: training}]}}`,
    `{profile: local, namespace: {name: team-${index}}, ingress: {hosts: [team-${index}.example.com], maxBodySize: 3Gi}, metrics: {serviceMonitor: true}}`,
  ][index % 4]!;
}

function synthOf(copy: string, count: number) {
  for (const folder of ['environments', '.secrets', 'out']) rmSync(join(copy, folder), { recursive: true, force: true });
  mkdirSync(join(copy, 'environments'));
  for (let index = 0; index < count; index++) writeFileSync(join(copy, 'environments', `team-${index}.yaml`), environmentFile(index));
  const result = run(copy, BUNDLE);
  expect(readdirSync(join(copy, 'out'))).toHaveLength(count);
  return result;
}

test('each of 1,000 environments beyond the first hundred takes at most 20 ms of CPU and 100 kB', () => {
  inCopy((copy) => {
    synthOf(copy, 1);
    // 8 or 9 ms on a machine of its own. CPU time, and the best of three: other programs take their part of the clock, and of the processor's caches.
    let cpu = Infinity;
    let memory = Infinity;
    for (let attempt = 0; attempt < 3 && (cpu > 20 || memory > 100); attempt++) {
      const [hundred, thousand] = [synthOf(copy, 100), synthOf(copy, 1000)];
      cpu = Math.min(cpu, (thousand.cpu - hundred.cpu) / 900);
      memory = Math.min(memory, (thousand.memory - hundred.memory) / 0.9);
    }
    expect(cpu).toBeLessThanOrEqual(20);
    expect(memory).toBeLessThanOrEqual(100);
  });
});
