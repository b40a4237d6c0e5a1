import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MLFLOW_VERSION, mlflowImage, imageReference } from '../../../lib/versions';
import { kubectl } from '../kubectl';

const PROGRAM = readFileSync(resolve(__dirname, '../client/echo.py'), 'utf8');

/** A route at all listeners of the gateway, without a policy, to a server that answers with the headers of each request. */
export async function echo(namespace: string) {
  const metadata = { name: 'echo', namespace, labels: { app: 'echo' } };
  const pod = {
    apiVersion: 'v1', kind: 'Pod', metadata,
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'echo', image: imageReference(mlflowImage(MLFLOW_VERSION)), command: ['python3', '-c', PROGRAM, '8000'] }],
    },
  };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: metadata.labels, ports: [{ port: 8000 }] } };
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata,
    spec: {
      parentRefs: [{ name: 'mlflow' }],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/echo' } }], backendRefs: [{ name: 'echo', port: 8000 }] }],
    },
  };
  const policy = {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'SecurityPolicy', metadata,
    spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'echo' }], authorization: { defaultAction: 'Allow' } },
  };
  const send = (verb: 'apply' | 'delete', ...items: object[]) => kubectl([verb, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await send('apply', pod, service, route);
  await kubectl(['-n', namespace, 'wait', 'pod/echo', '--for=condition=Ready', '--timeout=120s']);
  return {
    letEverybodyIn: () => send('apply', policy),
    remove: () => send('delete', policy, route, service, pod),
  };
}
