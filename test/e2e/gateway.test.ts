import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { servedPaths } from '../../lib/features/access/served-paths';
import { python } from './client';
import { longTest } from './form';
import { browse } from './gateway/browser';
import { CloudflareEdge, SERVICE_TOKEN } from './gateway/cloudflare-edge';
import { echo } from './gateway/echo';
import { GuardedGateway, NAMESPACE, STRANGERS } from './gateway/guarded-gateway';
import type { Https } from './gateway/https';
import { peakMemory } from './gateway/peak-memory';
import { installPlugin } from './gateway/plugin';
import { makeExperiment, signIn } from './gateway/ui';
import { elsewhere, GUARDS, INTERNAL, METHODS, PUBLIC, replaceGuards, SEARCH } from './guards';
import { apply, eventually, get, kubectl, pods, restarts, rolledOut, servers } from './kubectl';
import { accessClaims, assertion as asserting, CLAIMED, forgedAssertions, forgedTokens, PROGRAMS, PROVIDER, Signer } from './tokens';

const ARTIFACTS = resolve(__dirname, '../../test-results');
const SIZE = 200 * 2 ** 20;

const signer = new Signer('current');
const assertion = (changes?: Record<string, unknown>) => asserting(signer.token(accessClaims(changes)));
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
let platform: GuardedGateway;
let cloudflare: Https;
let oidc: Https;
let atStart: Record<string, number>;

beforeAll(async () => {
  platform = await GuardedGateway.start(signer);
  [cloudflare, oidc] = [platform.host(PUBLIC), platform.host(INTERNAL)];
  await eventually(60, async () => { expect((await cloudflare.request('/health', { headers: assertion() })).status).toBe(200); });
  atStart = await peakMemory(NAMESPACE);
});

afterAll(() => platform.stop());

test('a second apply changes nothing', async () => {
  const lines = (await apply(platform.manifests)).trim().split('\n');
  expect(lines.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
});

test('http leads to https', async () => {
  const { stdout } = await kubectl(['-n', STRANGERS, 'exec', 'client', '--', 'curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code} %{redirect_url}',
    '--header', `Host: ${PUBLIC}`, `http://${platform.address}/api/2.0/mlflow/x?a=b`]);
  expect(stdout).toBe(`301 https://${PUBLIC}/api/2.0/mlflow/x?a=b`);
});

describe('Cloudflare Access', () => {
  const forged = forgedAssertions(signer);
  const NOT_THERE = ['/metrics', '/ready'];
  const PATHS = [...servedPaths.map(({ path }) => path), SEARCH, '/ajax-api/2.0/mlflow/experiments/search', '/api/2.0/mlflow-artifacts/artifacts/x', ...NOT_THERE];

  test('a good token is let in, and what the answer bears keeps browsers from harm', async () => {
    expect(await cloudflare.request(SEARCH, { headers: assertion() })).toMatchObject({
      status: 200,
      headers: {
        'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN', 'referrer-policy': 'same-origin',
      },
    });
  });

  test.each(Object.keys(forged))('%s is refused on every path and by every method', async (what) => {
    const headers = forged[what]!;
    const asked = PATHS.flatMap((path) => METHODS.map((method) => ({ path, method })));
    const letIn = (await Promise.all(asked.map(async ({ path, method }) => {
      const { status } = await cloudflare.request(path, { method, headers });
      const refused = NOT_THERE.includes(path) ? [404] : [401, 403]; // 403: an audience that is not allowed
      return refused.includes(status) ? [] : [`${method} ${path}: ${status}`];
    }))).flat();
    expect(letIn).toEqual([]);
  });

  test.each([
    ...elsewhere, '/ajax-api/3.0/jobs/x', '/ajax-api/3.0/mlflow/assistant/config', '//ajax-api/3.0/mlflow/assistant/config', '/ajax-api//3.0/mlflow/assistant/config',
  ])('%s is not there, even with a good token', async (path) => {
    const { status, body } = await cloudflare.request(path, { headers: assertion() });
    expect([400, 404]).toContain(status);
    expect(body).not.toContain('# HELP');
  });

  test('a real client gets in by a service token, with the plugin, and 200 MB pass in both directions', async () => {
    const edge = await CloudflareEdge.start({
      certificate: platform.authorities.certificate, key: platform.authorities.key, address: platform.address, host: PUBLIC,
      assertion: () => signer.token(accessClaims({ common_name: SERVICE_TOKEN.id, sub: '', email: undefined })),
    });
    try {
      await installPlugin(STRANGERS);
      await platform.stranger.python('through_the_gateway.py', `https://${PUBLIC}:${edge.port}`, Buffer.from(platform.authorities.certificate).toString('base64'),
        'MLFLOW_TRACKING_AUTH=cloudflare-access', `CF_ACCESS_CLIENT_ID=${SERVICE_TOKEN.id}`, `CF_ACCESS_CLIENT_SECRET=${SERVICE_TOKEN.secret}`);
    } finally {
      edge.stop();
    }
  });
});

test('names of every kind pass the gateway and each guard as they pass nothing', async () => {
  const [server] = await servers(NAMESPACE);
  const byItself: unknown = JSON.parse(await python(NAMESPACE, 'deploy/mlflow', 'names.py', server!, new URL(server!).host, '{}'));
  expect(byItself).toMatchObject({ 'MCP server io.github.user/server': 'ok', 'artifact ü': 'ok', 'artifact with space': 'ok', 'artifact a\\b': 'ok' });
  for (const [host, headers] of Object.entries({ [PUBLIC]: assertion(), [INTERNAL]: bearer(await platform.authorities.token('training', PROGRAMS)) })) {
    expect(JSON.parse(await platform.stranger.python('names.py', `https://${host}`, `${platform.address}:443`, JSON.stringify(headers)))).toEqual(byItself);
  }
});

test('the server and the guards by themselves are out of reach from another namespace', async () => {
  const [server] = await servers(NAMESPACE);
  const guards = (await Promise.all(GUARDS.map((guard) => pods(NAMESPACE, guard)))).map(([pod]) => pod!.status.podIP!);
  const places = [
    `service=mlflow.${NAMESPACE}.svc.cluster.local:5000`, `pod=${new URL(server!).host}`, `verifier=${guards[0]!}:8080`, `probes=${guards[0]!}:8081`, `sign-in=${guards[1]!}:4180`,
    `gateway=${platform.address}:443`,
  ];
  expect(JSON.parse(await platform.stranger.python('connect.py', ...places))).toEqual(['gateway']);
});

test('a route without a policy lets nobody in, and who somebody claims to be goes no further than the gateway', async () => {
  const route = await echo(NAMESPACE);
  await eventually(30, async () => { expect((await cloudflare.request('/echo')).status).toBe(403); });
  expect(await platform.stranger.status(`http://${platform.address}/echo`, { Host: PUBLIC })).toBe(403);
  await route.letEverybodyIn();
  await eventually(30, async () => {
    const { status, body } = await cloudflare.request('/echo', { headers: { ...CLAIMED, 'X-Other': 'passes' } });
    expect(status).toBe(200);
    expect(body).toContain('passes');
    expect(body).not.toContain('ann');
  });
  await route.remove();
});

describe('OpenID Connect', () => {
  const hosts = () => ({ [INTERNAL]: platform.address, 'login.example.com': platform.authorities.address });
  const programToken = (client: string, audience = PROGRAMS) => platform.authorities.token(client, audience);
  const withToken = (token: string) => ({ headers: bearer(token) });

  test('programs without a token are told so, and browsers are sent to the provider', async () => {
    expect(await oidc.request(SEARCH, { headers: { Accept: '*/*' } })).toMatchObject({ status: 401 });
    expect(await oidc.request(SEARCH, { headers: { Accept: 'application/json' }, method: 'POST' })).toMatchObject({ status: 401 });
    const { status, headers } = await oidc.request('/', { headers: { Accept: 'text/html' } });
    expect([status, headers.location]).toEqual([302, expect.stringContaining(`${PROVIDER}/auth?`)]);
  });

  test('tokens: of the group 200, of none 403, and so are those of others and broken ones', async () => {
    expect(await oidc.request(SEARCH, withToken(await programToken('training')))).toMatchObject({ status: 200 });
    const refused = [...Object.values(forgedTokens()), signer.token(accessClaims()), await programToken('stranger'), await programToken('training', 'another')];
    for (const token of refused) expect(await oidc.request(SEARCH, withToken(token))).toMatchObject({ status: 403 });
  });

  test('a browser signs in, makes an experiment, signs out, and is asked again; its session outlives the pods of gateway and guard', async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    await browse(hosts(), async (page) => {
      await page.goto(`https://${INTERNAL}/`);
      await signIn(page, 'ann');
      await makeExperiment(page, 'made-in-the-browser');
      await page.screenshot({ path: join(ARTIFACTS, 'experiments.png') });
      const found = await oidc.request('/api/2.0/mlflow/experiments/get-by-name?experiment_name=made-in-the-browser', withToken(await programToken('training')));
      expect(found.status).toBe(200);

      const gateways = (await get('-n', 'envoy-gateway-system', 'deployments', '-l', `gateway.envoyproxy.io/owning-gateway-namespace=${NAMESPACE}`)).items;
      for (const { metadata: { name } } of [...gateways, { metadata: { name: 'envoy-gateway' } }]) {
        await kubectl(['-n', 'envoy-gateway-system', 'rollout', 'restart', `deployment/${name}`]);
        await rolledOut('envoy-gateway-system', `deployment/${name}`, 180);
      }
      await kubectl(['-n', NAMESPACE, 'rollout', 'restart', 'deployment/mlflow-internal-sign-in']);
      await rolledOut(NAMESPACE, 'deployment/mlflow-internal-sign-in', 180);
      await eventually(60, async () => {
        const answer = await page.goto(`https://${INTERNAL}${SEARCH}`);
        expect(answer!.status()).toBe(200);
        expect(page.url()).toBe(`https://${INTERNAL}${SEARCH}`);
      });

      await page.goto(`https://${INTERNAL}/oauth2/sign_out?rd=${encodeURIComponent(`${PROVIDER}/session/end`)}`);
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
      await page.getByText('Sign-out Success').waitFor();
      await page.goto(`https://${INTERNAL}/`);
      await page.waitForURL((url) => url.pathname.startsWith('/interaction/'));
      expect(new URL(page.url()).host).toBe('login.example.com');
    });
  });

  test('who is in none of the groups signs in and is refused', async () => {
    await browse(hosts(), async (page) => {
      await page.goto(`https://${INTERNAL}/`);
      await signIn(page, 'bob');
      await page.getByText('Invalid Account').or(page.getByText('Forbidden')).first().waitFor();
      expect((await page.goto(`https://${INTERNAL}${SEARCH}`))!.status()).toBe(401);
    });
  });

  test('a real client with a token tracks a run, and 200 MB pass in both directions without being held in memory', async () => {
    await platform.stranger.python('through_the_gateway.py', `https://${INTERNAL}`, Buffer.from(platform.authorities.certificate).toString('base64'),
      `MLFLOW_TRACKING_TOKEN=${await programToken('training')}`);
    const grown = Object.entries(await peakMemory(NAMESPACE)).filter(([program, bytes]) => bytes - atStart[program]! > SIZE);
    expect(grown).toEqual([]);
    for (const guard of GUARDS) expect(restarts(await pods(NAMESPACE, guard))).toBe(0);
  });
});

test('no request fails while all guards are replaced', async () => {
  const ways = Object.entries({ [PUBLIC]: assertion(), [INTERNAL]: bearer(await platform.authorities.token('training', PROGRAMS)) })
    .map(([host, headers]) => [`https://${host}@${platform.address}`, { Host: host, ...headers }] as const);
  for (const { failures, answers } of await platform.stranger.asking(ways, () => replaceGuards(NAMESPACE))) {
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(200);
  }
});

longTest('where somebody else is in the place of Cloudflare and the provider, no new guard starts, and the old ones serve on and believe nobody else', async () => {
  const impostor = new Signer('impostor');
  const token = await platform.authorities.token('training', PROGRAMS);
  const answers = async () => Promise.all([
    cloudflare.request(SEARCH, { headers: assertion() }), oidc.request(SEARCH, { headers: bearer(token) }),
    cloudflare.request(SEARCH, { headers: asserting(impostor.token(accessClaims())) }),
  ].map(async (answer) => (await answer).status));
  expect(await answers()).toEqual([200, 200, 401]);
  await platform.authorities.impersonate(impostor);
  for (const guard of GUARDS) await kubectl(['-n', NAMESPACE, 'rollout', 'restart', `deployment/mlflow-${guard}`]);
  const logsOf = async (guard: string) => (await kubectl(['-n', NAMESPACE, 'logs', '-l', `app.kubernetes.io/component=${guard}`, '--tail=20', '--prefix'])).stdout;
  await eventually(90, async () => {
    expect(await logsOf('token-verifier')).toContain('SAN_matcher');
    expect(await logsOf('internal-sign-in')).toContain('certificate is valid for evil.example.com, not login.example.com');
  });
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  for (const guard of GUARDS) {
    const ready = (await pods(NAMESPACE, guard)).map(({ status }) => status.conditions!.find(({ type }) => type === 'Ready')!.status);
    expect(ready.sort()).toEqual(['False', 'True', 'True']);
  }
  expect(await answers()).toEqual([200, 200, 401]);
  await platform.authorities.comeBack(signer);
  for (const guard of GUARDS) await rolledOut(NAMESPACE, `deployment/mlflow-${guard}`, 400);
  expect((await answers())[0]).toBe(200);
});

test('without guards the server\'s own users are asked, by the gateway too, and no path leads elsewhere', async () => {
  await platform.letIn({ mode: 'basic' });
  const { data } = await get<{ data: Record<'username' | 'password', string> }>('-n', NAMESPACE, 'secret', 'mlflow-administrator-generated');
  const [username, password] = [data.username, data.password].map((text) => Buffer.from(text, 'base64').toString());
  const administrator = { Authorization: `Basic ${Buffer.from(`${username!}:${password!}`).toString('base64')}` };
  for (const host of [cloudflare, oidc]) {
    await eventually(120, async () => { expect((await host.request(SEARCH, { headers: administrator })).status).toBe(200); });
    expect((await host.request(SEARCH)).status).toBe(401);
    expect((await host.request(SEARCH, { headers: assertion() })).status).toBe(401);
  }
  const found = await Promise.all(elsewhere.map(async (path) => [path, (await cloudflare.request(path, { headers: administrator })).status]));
  expect(found.filter(([, status]) => status !== 400 && status !== 404)).toEqual([]);
});
