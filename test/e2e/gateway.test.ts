import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { servedPaths } from '../../lib/access/served-paths';
import { Authorities, CLIENT_SECRET, Signer } from './authorities';
import { Client } from './client';
import { browse } from './gateway/browser';
import { CloudflareEdge, SERVICE_TOKEN } from './gateway/cloudflare-edge';
import { echo } from './gateway/echo';
import { Https } from './gateway/https';
import { peakMemory } from './gateway/peak-memory';
import { platformGateway, prepareController } from './gateway/platform-gateway';
import { makeExperiment, signIn } from './gateway/ui';
import { apply, applyCustomResourceDefinitions, deleteNamespaces, eventually, get, kubectl, rolledOut, servers } from './kubectl';
import { Workspace } from './platform';

const NAMESPACE = 'e2e-gateway';
const AUTHORITIES = 'e2e-gateway-authorities';
const STRANGERS = 'e2e-gateway-strangers';
const PUBLIC = 'mlflow.example.com';
const INTERNAL = 'mlflow.internal.example.com';
const AUDIENCE = '0123456789abcdef'.repeat(4);
const PROVIDER = 'https://login.example.com';
const ASSERTION = 'Cf-Access-Jwt-Assertion';
const SEARCH = '/api/2.0/mlflow/experiments/search?max_results=1';
const ARTIFACTS = resolve(__dirname, '../../test-results');
const SIZE = 200 * 2 ** 20;

const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: Record<string, unknown> = {}) => ({
  iss: 'https://example.cloudflareaccess.com', aud: [AUDIENCE], email: 'ann@example.com', sub: 'ann', iat: now() - 10, nbf: now() - 10, exp: now() + 3600, ...changes,
});
const assertion = (changes?: Record<string, unknown>) => ({ [ASSERTION]: signer.token(claims(changes)) });
const workspace = new Workspace('gateway');
let manifests: string;
const signer = new Signer('current');
let authorities: Authorities;
let address: string;
let cloudflare: Https;
let oidc: Https;
let stranger: Client;
let atStart: Record<string, number>;

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, AUTHORITIES, STRANGERS);
  await applyCustomResourceDefinitions();
  await kubectl(['apply', '-f', '-'], JSON.stringify({
    apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'envoy' },
    spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' },
  }));
  for (const namespace of [NAMESPACE, AUTHORITIES]) await kubectl(['create', 'namespace', namespace]);
  authorities = await Authorities.start(signer, AUTHORITIES);
  await prepareController(authorities);
  await kubectl(['-n', NAMESPACE, 'create', 'secret', 'generic', 'mlflow-oidc', `--from-literal=client-secret=${CLIENT_SECRET}`]);
  await kubectl(['apply', '-f', '-'], JSON.stringify({
    apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'mlflow-tls', namespace: NAMESPACE },
    stringData: { 'tls.crt': authorities.certificate, 'tls.key': authorities.key },
  }));
  manifests = workspace.write({
    profile: 'local',
    namespace: { name: NAMESPACE, create: false },
    tracking: { replicas: 1, resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } } },
    gateway: { hosts: [PUBLIC], tls: { provider: 'secret', secret: 'mlflow-tls' } },
    access: { mode: 'cloudflare-access', teamDomain: 'example.cloudflareaccess.com', audience: AUDIENCE },
    internal: {
      hosts: [INTERNAL],
      access: {
        mode: 'oidc', issuer: PROVIDER, keysUrl: `${PROVIDER}/jwks`, clientId: 'mlflow', scopes: ['openid', 'email', 'groups'],
        groups: ['mlflow-users'], audiences: ['mlflow-programs'],
      },
    },
  }).render();
  await apply(manifests);
  address = await platformGateway(NAMESPACE, authorities);
  await rolledOut(NAMESPACE, 'deployment/mlflow', 240);
  cloudflare = new Https(address, PUBLIC, authorities.certificate);
  oidc = new Https(address, INTERNAL, authorities.certificate);
  stranger = await Client.start(STRANGERS, { hosts: { [INTERNAL]: address, [PUBLIC]: authorities.machine } });
  await eventually(60, async () => {
    expect((await cloudflare.request('/health', { headers: assertion() })).status).toBe(200);
  });
  atStart = await peakMemory(NAMESPACE);
});

afterAll(async () => {
  authorities.stop();
  await deleteNamespaces(NAMESPACE, AUTHORITIES, STRANGERS);
});

test('a second apply changes nothing', async () => {
  const lines = (await apply(manifests)).trim().split('\n').filter((line) => !line.startsWith('envoyproxy')); // which the test has changed
  expect(lines.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
});

test('http leads to https', async () => {
  const { stdout } = await kubectl(['-n', STRANGERS, 'exec', 'client', '--', 'curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code} %{redirect_url}',
    '--header', `Host: ${PUBLIC}`, `http://${address}/api/2.0/mlflow/x?a=b`]);
  expect(stdout).toBe(`301 https://${PUBLIC}/api/2.0/mlflow/x?a=b`);
});

describe('Cloudflare Access', () => {
  const forged: Record<string, () => Record<string, string>> = {
    'no token': () => ({}),
    'no token, and a forged e-mail header': () => ({ 'Cf-Access-Authenticated-User-Email': 'ann@example.com', 'X-Forwarded-User': 'ann', 'X-Auth-Request-Email': 'a@b.c' }),
    'an expired token': () => assertion({ exp: now() - 120, iat: now() - 900, nbf: now() - 900 }),
    'a token that is not valid yet': () => assertion({ nbf: now() + 600, exp: now() + 1200 }),
    'a token for another application': () => assertion({ aud: ['f'.repeat(64)] }),
    'a token without audience': () => assertion({ aud: undefined }),
    'a token of another team': () => assertion({ iss: 'https://other.cloudflareaccess.com' }),
    'a token of another key': () => ({ [ASSERTION]: new Signer(signer.keyId).token(claims()) }),
    'an unsigned token': () => ({ [ASSERTION]: signer.unsigned(claims()) }),
    'a token signed with the public key': () => ({ [ASSERTION]: signer.tokenByPublicKey(claims()) }),
    'no JWT at all': () => ({ [ASSERTION]: 'letmein' }),
    'a good token in the wrong place': () => ({ Authorization: `Bearer ${signer.token(claims())}`, Cookie: `CF_Authorization=${signer.token(claims())}` }),
  };
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const NOT_THERE = ['/metrics', '/ready'];
  const PATHS = [
    ...servedPaths.map(({ path }) => path), SEARCH, '/ajax-api/2.0/mlflow/experiments/search', '/api/2.0/mlflow-artifacts/artifacts/x', '/v1/traces', ...NOT_THERE,
  ];

  test('a good token is let in, and what the answer bears keeps browsers from harm', async () => {
    const answer = await cloudflare.request(SEARCH, { headers: assertion() });
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'same-origin',
      },
    });
  });

  test.each(Object.keys(forged))('%s is refused on every path and by every method', async (what) => {
    const headers = forged[what]!();
    const asked = PATHS.flatMap((path) => METHODS.map((method) => ({ path, method })));
    const letIn = (await Promise.all(asked.map(async ({ path, method }) => {
      const { status } = await cloudflare.request(path, { method, headers });
      const refused = NOT_THERE.includes(path) ? [404] : [401, 403]; // 403: an audience that is not allowed
      return refused.includes(status) ? [] : [`${method} ${path}: ${status}`];
    }))).flat();
    expect(letIn).toEqual([]);
  });

  test.each([
    '/metrics', '/ready', '//metrics', '/./metrics', '/api/../metrics', '/api/%2e%2e/metrics', '/static-files/..%2fmetrics', '/static-files/%2e%2e%2fmetrics', '/api\\..\\metrics',
    '/ajax-api/3.0/jobs/x', '/ajax-api/3.0/mlflow/assistant/config', '//ajax-api/3.0/mlflow/assistant/config', '/ajax-api//3.0/mlflow/assistant/config',
  ])('%s is not there, even with a good token', async (path) => {
    const { status, headers, body } = await cloudflare.request(path, { headers: assertion() });
    const followed = status >= 300 && status < 400
      ? await cloudflare.request(new URL(headers.location!, `https://${PUBLIC}`).pathname, { headers: assertion() })
      : { status, body };
    expect([400, 404]).toContain(followed.status);
    expect(followed.body).not.toContain('# HELP');
  });

  test('a real client gets in by a service token, with the plugin, and 200 MB pass in both directions', async () => {
    const edge = await CloudflareEdge.start({
      certificate: authorities.certificate, key: authorities.key, address, host: PUBLIC,
      assertion: () => signer.token(claims({ common_name: SERVICE_TOKEN.id, sub: '', email: undefined })),
    });
    try {
      await installPlugin();
      await stranger.python('through_the_gateway.py', `https://${PUBLIC}:${edge.port}`, Buffer.from(authorities.certificate).toString('base64'),
        `CF_ACCESS_CLIENT_ID=${SERVICE_TOKEN.id}`, `CF_ACCESS_CLIENT_SECRET=${SERVICE_TOKEN.secret}`);
    } finally {
      edge.stop();
    }
  });
});

test('the server by itself is out of reach from another namespace', async () => {
  const [server] = await servers(NAMESPACE);
  const places = [`service=mlflow.${NAMESPACE}.svc.cluster.local:5000`, `pod=${new URL(server!).host}`, `gateway=${address}:443`];
  expect(JSON.parse(await stranger.python('connect.py', ...places))).toEqual(['gateway']);
});

test('a route without a policy lets nobody in, and who somebody claims to be goes no further than the gateway', async () => {
  const route = await echo(NAMESPACE);
  await eventually(30, async () => { expect((await cloudflare.request('/echo')).status).toBe(403); });
  expect(await stranger.status(`http://${address}/echo`, { Host: PUBLIC })).toBe(403);
  await route.letEverybodyIn();
  const claims = { 'Cf-Access-Authenticated-User-Email': 'eve@example.com', 'X-Forwarded-User': 'eve', 'x-auth-request-groups': 'eve', 'Remote-User': 'eve', 'X-Other': 'passes' };
  await eventually(30, async () => {
    const { status, body } = await cloudflare.request('/echo', { headers: claims });
    expect(status).toBe(200);
    expect(body).toContain('passes');
    expect(body).not.toContain('eve');
  });
  await route.remove();
});

describe('OpenID Connect', () => {
  const hosts = () => ({ [INTERNAL]: address, 'login.example.com': authorities.address });
  const programToken = (client: string, audience = 'mlflow-programs') => authorities.token(client, audience);
  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

  test('programs without a token are told so, and browsers are sent to the provider', async () => {
    expect(await oidc.request(SEARCH, { headers: { Accept: '*/*' } })).toMatchObject({ status: 401 });
    expect(await oidc.request(SEARCH, { headers: { Accept: 'application/json' }, method: 'POST' })).toMatchObject({ status: 401 });
    const { status, headers } = await oidc.request('/', { headers: { Accept: 'text/html' } });
    expect([status, headers.location]).toEqual([302, expect.stringContaining(`${PROVIDER}/auth?`)]);
  });

  test('tokens: of the group 200, of none 403, of others or broken 401', async () => {
    expect(await oidc.request(SEARCH, bearer(await programToken('training')))).toMatchObject({ status: 200 });
    expect(await oidc.request(SEARCH, bearer(await programToken('stranger')))).toMatchObject({ status: 403 });
    const ofTraining = (changes = {}) => ({ iss: PROVIDER, aud: 'mlflow-programs', sub: 'training', groups: ['mlflow-users'], exp: now() + 3600, ...changes });
    for (const token of [new Signer('keystore-CHANGE-ME').token(ofTraining()), signer.unsigned(ofTraining()), signer.token(claims()), 'letmein']) {
      expect(await oidc.request(SEARCH, bearer(token))).toMatchObject({ status: 401 });
    }
    expect(await oidc.request(SEARCH, bearer(await programToken('training', 'another')))).toMatchObject({ status: 403 });
  });

  test('a browser signs in, makes an experiment, signs out, and is asked again; its session outlives the gateway\'s pods', async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    await browse(hosts(), async (page) => {
      await page.goto(`https://${INTERNAL}/`);
      await signIn(page, 'ann');
      await makeExperiment(page, 'made-in-the-browser');
      await page.screenshot({ path: join(ARTIFACTS, 'experiments.png') });
      const found = await oidc.request('/api/2.0/mlflow/experiments/get-by-name?experiment_name=made-in-the-browser', bearer(await programToken('training')));
      expect(found.status).toBe(200);

      const gateways = (await get('-n', 'envoy-gateway-system', 'deployments', '-l', `gateway.envoyproxy.io/owning-gateway-namespace=${NAMESPACE}`)).items;
      for (const { metadata: { name } } of [...gateways, { metadata: { name: 'envoy-gateway' } }]) {
        await kubectl(['-n', 'envoy-gateway-system', 'rollout', 'restart', `deployment/${name}`]);
        await rolledOut('envoy-gateway-system', `deployment/${name}`, 180);
      }
      await eventually(60, async () => {
        const answer = await page.goto(`https://${INTERNAL}${SEARCH}`);
        expect(answer!.status()).toBe(200);
        expect(page.url()).toBe(`https://${INTERNAL}${SEARCH}`);
      });

      await page.goto(`https://${INTERNAL}/oauth2/sign_out`);
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
      await page.waitForURL((url) => url.pathname.startsWith('/interaction/'));
      expect(new URL(page.url()).host).toBe('login.example.com');
    });
  });

  test('who is in none of the groups signs in and is refused', async () => {
    await browse(hosts(), async (page) => {
      await page.goto(`https://${INTERNAL}/`);
      await signIn(page, 'bob');
      await page.getByText('RBAC: access denied').waitFor();
    });
  });

  test('a real client with a token tracks a run, and 200 MB pass in both directions without being held in memory', async () => {
    await stranger.python('through_the_gateway.py', `https://${INTERNAL}`, Buffer.from(authorities.certificate).toString('base64'),
      `MLFLOW_TRACKING_TOKEN=${await programToken('training')}`);
    const grown = Object.entries(await peakMemory(NAMESPACE)).filter(([program, bytes]) => bytes - atStart[program]! > SIZE);
    expect(grown).toEqual([]);
  });
});

/** Builds the plugin's wheel and unpacks it in the client's pod. */
async function installPlugin(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-'));
  cpSync(resolve(__dirname, '../../clients/python'), join(folder, 'source'), { recursive: true }); // pip leaves files beside the source
  const pip = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', join(folder, 'wheel'), join(folder, 'source')];
  execFileSync('python3', pip, { stdio: 'inherit' });
  const wheel = readFileSync(join(folder, 'wheel', readdirSync(join(folder, 'wheel'))[0]!)).toString('base64');
  await kubectl(['-n', STRANGERS, 'exec', '-i', 'client', '--', 'sh', '-c', 'base64 -d > /tmp/plugin.whl && python3 -m zipfile -e /tmp/plugin.whl /tmp/site'], wheel);
}
