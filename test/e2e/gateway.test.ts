import { Client } from './client';
import { Https } from './gateway/https';
import { platformGateway, trust } from './gateway/platform-gateway';
import { apply, applyCustomResourceDefinitions, deleteNamespaces, eventually, kubectl, rolledOut } from './kubectl';
import { Workspace } from './platform';
import { IdentityProvider, TEAM } from './provider/identity-provider';

const NAMESPACE = 'e2e-gateway';
const PROVIDER = 'e2e-gateway-provider';
const STRANGERS = 'e2e-gateway-strangers';
const PUBLIC = 'mlflow.example.com';
const INTERNAL = 'mlflow.internal.example.com';

const workspace = new Workspace('gateway');
let provider: IdentityProvider;
let cloudflare: Https;
let internal: Https;
let gateway: { address: string };

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, PROVIDER, STRANGERS);
  await applyCustomResourceDefinitions();
  provider = await IdentityProvider.start(PROVIDER, [PUBLIC, INTERNAL]);
  await trust(provider);
  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['-n', NAMESPACE, 'create', 'secret', 'generic', 'mlflow-oidc', `--from-literal=client-secret=${provider.clientSecret}`]);
  await kubectl(['apply', '-f', '-'], JSON.stringify({
    apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'mlflow-tls', namespace: NAMESPACE },
    stringData: { 'tls.crt': provider.certificate.cert, 'tls.key': provider.certificate.key },
  }));
  const manifests = workspace.write({
    profile: 'local',
    namespace: { name: NAMESPACE, create: false },
    tracking: { replicas: 1, resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } } },
    gateway: { hosts: [PUBLIC], tls: { provider: 'secret', secret: 'mlflow-tls' } },
    access: { mode: 'cloudflare-access', teamDomain: TEAM, audience: '0'.repeat(64) },
    internal: {
      hosts: [INTERNAL],
      access: { mode: 'oidc', issuer: provider.issuer, keysUrl: provider.keysUrl, clientId: 'mlflow', scopes: ['openid', 'email', 'groups'], groups: ['data-science'], audiences: ['https://mlflow.example.com'] },
    },
  }).render();
  await apply(manifests);
  gateway = await platformGateway(NAMESPACE, provider, [TEAM]);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  cloudflare = new Https(gateway.address, PUBLIC, provider.authority);
  internal = new Https(gateway.address, INTERNAL, provider.authority);
});

afterAll(() => { provider.stop(); });

test('slice', async () => {
  await eventually(60, async () => expect((await cloudflare.request('/health', { headers: { 'Cf-Access-Jwt-Assertion': provider.accessToken() } })).status).toBe(200));
  console.log(await cloudflare.request('/health'));
  console.log(await internal.request('/'));
  console.log(await internal.request('/health', { headers: { Authorization: `Bearer ${await provider.programToken('trainer')}` } }));
  console.log(await internal.request('/health', { headers: { Authorization: `Bearer ${await provider.programToken('stranger')}` } }));
});
