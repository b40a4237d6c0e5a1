import { HOSTS, type Authorities } from '../authorities';
import { get, kubectl, type KubernetesObject } from '../kubectl';

const CONTROLLER_NAMESPACE = 'envoy-gateway-system';
const TRUST = 'e2e-authority';
const TRUST_FOLDER = '/etc/e2e';

/** What the sealed cluster cannot have: addresses of the authorities' names, and trust in their certificate. */
function surroundings({ address }: Authorities) {
  return { hostAliases: [{ ip: address, hostnames: HOSTS }], volumes: [{ name: TRUST, configMap: { name: TRUST } }] };
}

/** Gives them to Envoy Gateway's controller, which asks the provider for its endpoints. */
export async function prepareController(authorities: Authorities): Promise<void> {
  await configMap(CONTROLLER_NAMESPACE, { 'ca-certificates.crt': authorities.certificate });
  const container = {
    name: 'envoy-gateway',
    env: [{ name: 'SSL_CERT_FILE', value: `${TRUST_FOLDER}/ca-certificates.crt` }],
    volumeMounts: [{ name: TRUST, mountPath: TRUST_FOLDER }],
  };
  const annotations = { 'e2e/authorities': authorities.certificate.replace(/\W/g, '').slice(-60) }; // another certificate, another pod
  const patch = { spec: { template: { metadata: { annotations }, spec: { ...surroundings(authorities), containers: [container] } } } };
  await kubectl(['-n', CONTROLLER_NAMESPACE, 'patch', 'deployment', 'envoy-gateway', '-p', JSON.stringify(patch)]);
  await kubectl(['-n', CONTROLLER_NAMESPACE, 'rollout', 'status', 'deployment/envoy-gateway', '--timeout=180s']);
}

/** Gives them to the proxies of a namespace's gateway, waits for it, and returns its address. Nothing else of what is rendered is changed. */
export async function platformGateway(namespace: string, authorities: Authorities): Promise<string> {
  const containers = [{ name: 'envoy', volumeMounts: [{ name: TRUST, mountPath: '/etc/ssl/certs' }] }];
  const value = { spec: { template: { spec: { ...surroundings(authorities), containers } } } };
  const patch = { spec: { provider: { kubernetes: { envoyDeployment: { patch: { type: 'StrategicMerge', value } } } } } };
  await kubectl(['-n', namespace, 'patch', 'envoyproxy', 'mlflow', '--type=merge', '-p', JSON.stringify(patch)]);
  await kubectl(['-n', namespace, 'wait', 'gateway/mlflow', '--for=condition=Programmed', '--timeout=240s']);
  const { status } = await get<KubernetesObject & { status: { addresses: { value: string }[] } }>('-n', namespace, 'gateway', 'mlflow');
  return status.addresses[0]!.value;
}

async function configMap(namespace: string, data: Record<string, string>): Promise<void> {
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: TRUST, namespace }, data }));
}
