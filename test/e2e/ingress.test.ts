/** @controllers traefik */
import { resolve } from 'node:path';
import { credentialHeaders, identityHeaders } from '../../lib/features/access/identity-headers';
import { servedPaths } from '../../lib/features/access/served-paths';
import { environmentLabels } from '../../lib/kit/workload/labels';
import { Authorities } from './authorities';
import { Client, python } from './client';
import { longTest } from './form';
import { accessSecrets, elsewhere, guarded, GUARDS, INTERNAL, leadGuards, METHODS, PUBLIC, replaceGuards, SEARCH } from './guards';
import { apply, deleteNamespaces, eventually, kubectl, leaveNamespaces, pods, restarts, rolledOut, servers } from './kubectl';
import { Workspace } from './platform';
import { StandIn } from './stand-in';
import { expectOnly, statuses, type Requests } from './statuses';
import { accessClaims, assertion, CLAIMED, forgedAssertions, forgedTokens, PROGRAMS, Signer } from './tokens';

/*
 * An Ingress whose hosts are guarded: the public one by Cloudflare Access, the company's own by an OpenID Connect provider. In the
 * controller's namespace are Traefik and a pod from which requests go to the guards' Services with the hosts' names.
 */

const NAMESPACE = 'e2e-ingress';
const CONTROLLER = 'e2e-ingress-controller';
const OUTSIDE = 'e2e-ingress-outside';

const VERIFIER = `mlflow-token-verifier.${NAMESPACE}.svc.cluster.local:8080`;
const SIGN_IN = `mlflow-internal-sign-in.${NAMESPACE}.svc.cluster.local:4180`;
const TRAEFIK = `traefik.${CONTROLLER}.svc.cluster.local:80`;
const SERVER = `mlflow.${NAMESPACE}.svc.cluster.local:5000`;

const environment = {
  ...guarded,
  namespace: { name: NAMESPACE },
  ingress: { controller: 'traefik', hosts: [PUBLIC], tls: { provider: 'before-cluster' } },
  network: { ingressController: { namespace: CONTROLLER } },
};

/** What sign_in.py prints. */
interface SignIn {
  readonly status: number;
  readonly url: string;
  readonly visited: readonly string[];
  /** Cookie to its attributes. */
  readonly attributes: Record<string, string>;
  readonly cookie: string;
  readonly after_sign_out: { readonly cookies: readonly string[]; readonly leads_to: readonly string[] };
}

const cloudflare = new Signer('current');
let authorities: Authorities;
let controller: Client;
let outside: Client;

const good = () => ({ Host: PUBLIC, ...assertion(cloudflare.token(accessClaims())) });
const bearer = (token: string) => ({ Host: INTERNAL, Authorization: `Bearer ${token}` });

const ask = (address: string, requests: Requests) => statuses(controller, address, requests);

async function signIn(user: string): Promise<SignIn> {
  return JSON.parse(await controller.python('sign_in.py', SIGN_IN, authorities.address, INTERNAL, user)) as SignIn;
}

beforeAll(async () => {
  await deleteNamespaces(NAMESPACE, CONTROLLER, OUTSIDE);
  authorities = await Authorities.start(cloudflare);
  const folder = new Workspace('ingress').write(environment).render();
  leadGuards(folder, authorities);
  await kubectl(['create', 'namespace', NAMESPACE]);
  await accessSecrets(NAMESPACE, authorities);
  await apply(folder);
  [controller, outside] = await Promise.all([CONTROLLER, OUTSIDE].map((namespace) => Client.start(namespace))) as [Client, Client];
  await kubectl(['-n', CONTROLLER, 'apply', '-f', resolve(__dirname, 'controllers/traefik.yaml')]);
  await rolledOut(CONTROLLER, 'deployment/traefik', 120);
  for (const deployment of ['mlflow-token-verifier', 'mlflow-internal-sign-in', 'mlflow']) await rolledOut(NAMESPACE, `deployment/${deployment}`, 240);
});

afterAll(async () => {
  authorities.stop();
  await leaveNamespaces(NAMESPACE, CONTROLLER, OUTSIDE);
  await kubectl(['delete', 'clusterrole,clusterrolebinding', 'e2e-traefik', '--ignore-not-found']);
});

const NOT_SERVED = ['/metrics', '/ready', '/stop', '/started', '/signup', '//metrics', '/api/../metrics', '/api/%2e%2e/metrics', '/apis', '/oauth2/auth'];
const PATHS = [...servedPaths.map(({ path }) => path), SEARCH, '/api/2.0/mlflow-artifacts/artifacts/file', ...NOT_SERVED];

describe('the public host', () => {
  test('serves whom Cloudflare Access let in, people and services, the served paths and no others', async () => {
    const service = { Host: PUBLIC, ...assertion(cloudflare.token(accessClaims({ email: undefined, sub: '', common_name: 'training.access' }))) };
    const found = await ask(VERIFIER, { headers: { good: good(), service }, methods: ['GET'], paths: ['/', '/health', '/version', SEARCH] });
    expect(found).toMatchObject({ good: { 200: expect.any(Array) as unknown }, service: { 200: expect.any(Array) as unknown } });
    expectOnly(found, ['200']);
    expectOnly(await ask(VERIFIER, { headers: { good: good() }, methods: ['GET', 'POST'], paths: NOT_SERVED }), ['404']);
    expectOnly(await ask(VERIFIER, { headers: { good: good() }, methods: ['GET'], paths: ['/api/..%2fmetrics', '/api%2f..%2fmetrics', '/api/..%5cmetrics'] }), ['400']);
  });

  test('refuses any other token, and none, on every path, by every method', async () => {
    const refused = Object.fromEntries(Object.entries(forgedAssertions(cloudflare)).map(([name, headers]) => [name, { Host: PUBLIC, ...headers }]));
    expectOnly(await ask(VERIFIER, { headers: refused, methods: METHODS, paths: PATHS }), ['401', '403']);
  });
});

describe('the company\'s own host', () => {
  let signedIn: SignIn;

  test('sends people to the provider, and answers programs that they are not signed in', async () => {
    const none = { 'none': { Host: INTERNAL }, 'forged headers': { Host: INTERNAL, ...CLAIMED }, 'no session': { Host: INTERNAL, Cookie: '__Host-mlflow=any' } };
    expectOnly(await ask(SIGN_IN, { headers: none, methods: METHODS, paths: ['/', '/?x=/api'] }), ['302']);
    const paths = PATHS.filter((path) => path !== '/' && !['/ready', '//metrics', '/api/../metrics'].includes(path)); // the last are corrected by a redirect
    expectOnly(await ask(SIGN_IN, { headers: none, methods: METHODS, paths }), ['401']);
  });

  test('serves who signed in at the provider and is in the group', async () => {
    signedIn = await signIn('ann');
    expect(signedIn).toMatchObject({ status: 200, url: `https://${INTERNAL}/?from=e2e` });
    expect(signedIn.visited).toContain('303 login.example.com/auth');
    expect(Object.keys(signedIn.attributes).some((name) => name.startsWith('__Host-mlflow'))).toBe(true);
    for (const attributes of Object.values(signedIn.attributes)) {
      expect(attributes.split('; ')).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']));
      expect(attributes).not.toContain('Domain');
    }
    expect(await signIn('bob')).toMatchObject({ status: 403, url: expect.stringContaining('/oauth2/callback') as unknown });
  });

  longTest('knows a session at both pods, and after all pods were replaced', async () => {
    const session = { session: { Host: INTERNAL, Cookie: signedIn.cookie } };
    const everywhere = async () => {
      const addresses = (await pods(NAMESPACE, 'internal-sign-in')).map(({ status }) => `${status.podIP!}:4180`);
      for (const address of addresses) expectOnly(await ask(address, { headers: session, methods: ['GET'], paths: ['/', SEARCH] }), ['200']);
      return addresses;
    };
    const before = await everywhere();
    expect(before).toHaveLength(2);
    await kubectl(['-n', NAMESPACE, 'rollout', 'restart', 'deployment/mlflow-internal-sign-in']);
    await rolledOut(NAMESPACE, 'deployment/mlflow-internal-sign-in', 120);
    await eventually(120, async () => { expect(await pods(NAMESPACE, 'internal-sign-in')).toHaveLength(2); });
    const after = await everywhere();
    expect(after.filter((address) => before.includes(address))).toEqual([]);
  });

  test('signs out, and leads to the provider for that, but nowhere else', () => {
    expect(signedIn.after_sign_out).toEqual({ cookies: [], leads_to: ['https://login.example.com/session/end', '/'] });
  });

  test('serves the paths of the list and no others', async () => {
    const session = { session: { Host: INTERNAL, Cookie: signedIn.cookie } };
    expectOnly(await ask(SIGN_IN, { headers: session, methods: ['GET', 'POST'], paths: ['/metrics', '/stop', '/signup', '/apis'] }), ['404']);
    // What is not the shortest way to write a path is answered by a redirect to that.
    expectOnly(await ask(SIGN_IN, { headers: session, methods: ['GET'], paths: ['//metrics', '/api/../metrics', '/api/%2e%2e/metrics', '/api/..%2fmetrics', '/api%2f..%2fmetrics'] }), ['301']);
  });

  test('serves MLflow\'s own client with a token of the provider', async () => {
    const token = await authorities.token('training', PROGRAMS);
    expect(await controller.python('with_token.py', SIGN_IN, INTERNAL, token)).toContain('done');
  });

  test('refuses any other token, on every path, by every method', async () => {
    const refused = {
      ...Object.fromEntries(Object.entries(forgedTokens()).map(([name, token]) => [name, bearer(token)])),
      'for another audience': bearer(await authorities.token('training', 'another')),
      'of somebody in no such group': bearer(await authorities.token('stranger', PROGRAMS)),
      'a password': { Host: INTERNAL, Authorization: `Basic ${Buffer.from('ann:any').toString('base64')}` },
    };
    const paths = PATHS.filter((path) => !['/ready', '//metrics', '/api/../metrics', '/oauth2/auth'].includes(path));
    expectOnly(await ask(SIGN_IN, { headers: refused, methods: METHODS, paths }), ['403']);
    const { code } = await controller.python('with_token.py', SIGN_IN, INTERNAL, await authorities.token('training', 'another')).catch((error: unknown) => error as { code: number }) as { code?: number };
    expect(code).toBe(1);
  });
});

test('names of every kind pass Traefik and the guards behind it as they pass none', async () => {
  const [server] = await servers(NAMESPACE);
  const withoutGuard = JSON.parse(await python(NAMESPACE, 'deploy/mlflow', 'names.py', server!, new URL(server!).host, '{}')) as Record<string, string>;
  expect(withoutGuard).toMatchObject({ 'MCP server io.github.user/server': 'ok', 'artifact ü': 'ok', 'artifact with space': 'ok', 'artifact a\\b': 'ok' });
  const token = await authorities.token('training', PROGRAMS);
  const ways: [host: string, address: string, headers: Record<string, string>][] = [
    [PUBLIC, TRAEFIK, assertion(cloudflare.token(accessClaims()))],
    [INTERNAL, TRAEFIK, { Authorization: `Bearer ${token}` }],
  ];
  for (const [host, address, headers] of ways) {
    expect(JSON.parse(await controller.python('names.py', `http://${host}`, address, JSON.stringify(headers)))).toEqual(withoutGuard);
  }
});

test('who is not the controller reaches neither guard, and nobody reaches the server past them', async () => {
  const [verifier] = await pods(NAMESPACE, 'token-verifier');
  const [server] = await servers(NAMESPACE);
  const places = { verifier: VERIFIER, signIn: SIGN_IN, server: SERVER, pod: new URL(server!).host, probes: `${verifier!.status.podIP!}:8081` };
  const reached = async (from: Client) =>
    JSON.parse(await from.python('connect.py', ...Object.entries(places).map(([name, address]) => `${name}=${address}`))) as string[];
  expect((await reached(controller)).sort()).toEqual(['signIn', 'verifier']);
  expect(await reached(outside)).toEqual([]);
});

test('Traefik serves the hosts, to those who their guards let in and nobody else, and no path leads elsewhere', async () => {
  const token = await authorities.token('training', PROGRAMS);
  expectOnly(await ask(TRAEFIK, { headers: { public: good(), internal: bearer(token) }, methods: ['GET'], paths: ['/', '/health', SEARCH] }), ['200']);
  const refused = {
    'none': { Host: PUBLIC }, 'forged headers': { Host: PUBLIC, ...CLAIMED }, 'no session': { Host: INTERNAL }, 'an impostor\'s': bearer(Object.values(forgedTokens())[0]!),
  };
  expectOnly(await ask(TRAEFIK, { headers: refused, methods: METHODS, paths: [SEARCH, '/version'] }), ['401', '403']);
  expectOnly(await ask(TRAEFIK, { headers: { public: good(), internal: bearer(token) }, methods: ['GET'], paths: elsewhere }), ['301', '400', '404']);
});

longTest('300 MB go through each guard, whose memory may not hold them', async () => {
  const token = await authorities.token('training', PROGRAMS);
  const ways: [string, object][] = [
    [VERIFIER, good()],
    [SIGN_IN, bearer(token)],
    [TRAEFIK, good()],
  ];
  for (const [address, headers] of ways) {
    await controller.python('transfer.py', address, JSON.stringify(headers), '300');
  }
  for (const component of [...GUARDS, 'tracking-server']) expect(restarts(await pods(NAMESPACE, component))).toBe(0);
});

longTest('no request fails while all guards are replaced, nor does a download that is under way', async () => {
  const ways = [[VERIFIER, good()], [SIGN_IN, bearer(await authorities.token('training', PROGRAMS))]] as const;
  const slow = ways.map(([address, headers]) => controller.python('transfer.py', address, JSON.stringify(headers), '60', '25'));
  for (const { failures, answers } of await controller.asking(ways, () => Promise.all([replaceGuards(NAMESPACE), ...slow]))) {
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(200);
  }
});

test('neither guard passes on who somebody is or says to be, nor keeps back a stream', async () => {
  const token = await authorities.token('training', PROGRAMS);
  const others = { ...CLAIMED, 'Cookie': 'any=any', 'X_Remote_User': 'ann', 'X-Mlflow-Workspace': 'team' };
  const ways: [string, object][] = [
    [VERIFIER, { ...good(), Authorization: 'Bearer any', ...others }],
    [SIGN_IN, { ...bearer(token), ...others }],
  ];
  await kubectl(['-n', NAMESPACE, 'scale', 'deployment/mlflow', '--replicas=0']);
  await StandIn.echo(NAMESPACE, 'tracking-server', environmentLabels('ingress'));
  for (const [address, headers] of ways) {
    const { headers: heard, seconds } = await eventually(60, async () =>
      JSON.parse(await controller.python('hear.py', address, JSON.stringify(headers))) as { headers: string[]; seconds: number[] });
    const names = heard.map((name) => name.toLowerCase().replaceAll('_', '-'));
    expect(names.filter((name) => [...identityHeaders, ...credentialHeaders].map((each) => each.toLowerCase()).includes(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['host', 'x-mlflow-workspace']));
    expect(seconds).toHaveLength(8);
    expect(seconds[0]).toBeLessThan(1.5);
    expect(seconds[7]! - seconds[0]!).toBeGreaterThan(3);
  }
});
