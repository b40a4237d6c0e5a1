import { get, kubectl, type KubernetesObject } from '../kubectl';
import type { IdentityProvider } from '../provider/identity-provider';

const CONTROLLER_NAMESPACE = 'envoy-gateway-system';
const TRUST = 'e2e-authority';
const TRUST_FOLDER = '/etc/e2e';

/** Makes Envoy Gateway's controller trust the tests' certificate authority, beside none other. */
export async function trust({ authority }: IdentityProvider): Promise<void> {
  await configMap(CONTROLLER_NAMESPACE, { 'ca.crt': authority });
  const container = {
    name: 'envoy-gateway',
    env: [{ name: 'SSL_CERT_FILE', value: `${TRUST_FOLDER}/ca.crt` }],
    volumeMounts: [{ name: TRUST, mountPath: TRUST_FOLDER }],
  };
  const volumes = [{ name: TRUST, configMap: { name: TRUST } }];
  const checksum = { 'e2e/authority': Buffer.from(authority).toString('base64').slice(-40) };
  const template = { metadata: { annotations: checksum }, spec: { containers: [container], volumes } };
  await kubectl(['-n', CONTROLLER_NAMESPACE, 'patch', 'deployment', 'envoy-gateway', '-p', JSON.stringify({ spec: { template } })]);
  await kubectl(['-n', CONTROLLER_NAMESPACE, 'rollout', 'status', 'deployment/envoy-gateway', '--timeout=180s']);
}

/**
 * Waits for the gateway of a namespace, and returns its address. Its proxies get what the sealed cluster cannot have, and nothing else: an
 * address for Cloudflare's name, and trust in the tests' certificate authority.
 */
export async function platformGateway(namespace: string, provider: IdentityProvider, hosts: readonly string[]): Promise<string> {
  await configMap(CONTROLLER_NAMESPACE, { 'ca-certificates.crt': provider.authority });
  const pod = {
    containers: [{ name: 'envoy', volumeMounts: [{ name: TRUST, mountPath: '/etc/ssl/certs' }] }],
    hostAliases: [{ ip: provider.address, hostnames: hosts }],
    volumes: [{ name: TRUST, configMap: { name: TRUST } }],
  };
  const envoyDeployment = { patch: { type: 'StrategicMerge', value: { spec: { template: { spec: pod } } } } };
  const patch = { spec: { provider: { kubernetes: { envoyDeployment } } } };
  await kubectl(['-n', namespace, 'patch', 'envoyproxy', 'mlflow', '--type=merge', '-p', JSON.stringify(patch)]);
  await kubectl(['-n', namespace, 'wait', 'gateway/mlflow', '--for=condition=Programmed', '--timeout=240s']);
  const { status } = await get<KubernetesObject & { status: { addresses: { value: string }[] } }>('-n', namespace, 'gateway', 'mlflow');
  return status.addresses[0]!.value;
}

async function configMap(namespace: string, data: Record<string, string>): Promise<void> {
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: TRUST, namespace }, data }));
}
