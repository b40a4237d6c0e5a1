import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../../lib/manifests/render';
import { accessClaims, assertion, AUDIENCE, forgedAssertions, Signer, TEAM } from '../e2e/tokens';
import { environment } from '../testing';
import { startAuthorities } from './pod/authorities';
import { CertificateAuthority, type Certificate } from '../certificates';
import { startContainer } from './pod/container';
import { flood } from './pod/flood';
import { families, Pod, soon } from './pod/pod';

/*
 * The rendered guard of Cloudflare Access, run by the real Envoy (`envoy` of PATH) as a pod runs it, with all its names and ports.
 */

jest.setTimeout(180_000);

const SERVER = 'mlflow.mlflow.svc.cluster.local';
const objects = render(environment(`{database: {provider: external, host: db}, artifactStore: {provider: s3},
  gateway: {hosts: [a.b], tls: {provider: before-cluster}}, access: {mode: cloudflare-access, teamDomain: ${TEAM}, audience: ${AUDIENCE}}}`)).map(({ object }) => object);
const publicAuthority = new CertificateAuthority('a public authority');
const signer = new Signer('current');
const pods: Pod[] = [];

afterEach(() => { for (const pod of pods.splice(0)) pod.stop(); });

/** The guard in a pod of its own, with a server behind it. */
async function guard(addresses: readonly string[] = ['10.9.8.7'], change?: (argument: string) => string) {
  const pod = await Pod.start({ addresses, names: [TEAM, SERVER], trusted: publicAuthority.certificate });
  pods.push(pod);
  pod.start('node', join(__dirname, 'pod/record.mjs'));
  return {
    pod,
    program: startContainer(pod, objects, 'mlflow-token-verifier', 'envoy', { change }),
    probe: (path: string) => pod.ask(8081, path).status,
    ask: (path: string, headers = assertion(signer.token(accessClaims())), method = 'GET') => pod.ask(8080, path, { method, headers }),
  };
}

const good = publicAuthority.sign([TEAM]);

async function started(probe: (path: string) => number): Promise<void> {
  await soon(() => { expect(probe('/started')).toBe(200); }, 90);
}

describe('the keys\' host', () => {
  const others: [string, () => Certificate, RegExp][] = [
    ['for another name, of a trusted authority', () => publicAuthority.sign(['evil.example']), /SAN_matcher/],
    ['of an authority that is not trusted', () => new CertificateAuthority('another').sign([TEAM]), /unable_to_get_local_issuer_certificate/],
    ['that has ended', () => publicAuthority.sign([TEAM], -1), /certificate_has_expired/],
  ];

  test.each(others)('with a certificate %s gives no keys: nobody gets in, the pod does not start, and its log says why', async (_what, certificate, reason) => {
    const { pod, program, probe, ask } = await guard();
    startAuthorities(pod, certificate(), signer);
    await soon(() => { expect(probe('/started')).toBe(503); });
    expect(ask('/api/x')).toEqual({ status: 401, body: 'Jwks remote fetch is failed' });
    await soon(() => { expect(program.log()).toMatch(reason); }, 10);
    expect(probe('/started')).toBe(503);
  });

  test('that is away keeps a new pod from starting; a pod that has its keys stays ready and lets in those who it should', async () => {
    const { pod, probe, ask } = await guard(undefined, (argument) => argument.replace('cache_duration: "300s"', 'cache_duration: "1s"'));
    await soon(() => { expect(probe('/started')).toBe(503); });
    const { process } = startAuthorities(pod, good, signer);
    await started(probe);
    await soon(() => { expect(ask('/api/x').status).toBe(200); }, 30);
    // What a request fetched is kept for cache_duration only. What the fetch each second gets stays, and it comes a second later at the latest.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    process.kill('SIGKILL');
    await soon(() => { expect(probe('/started')).toBe(503); }, 10);
    await new Promise((resolve) => setTimeout(resolve, 5000)); // in which the keys should have been asked for again
    expect([probe('/ready'), probe('/live'), ask('/api/x').status]).toEqual([200, 200, 200]);
  });
});

test('no other token is accepted', async () => {
  const { pod, probe, ask } = await guard();
  startAuthorities(pod, good, signer);
  await started(probe);
  const statuses = Object.entries(forgedAssertions(signer)).map(([name, headers]) => [name, ask('/api/x', headers).status]);
  expect(statuses.filter(([, status]) => status !== 401 && status !== 403)).toEqual([]);
  expect(ask('/api/x').status).toBe(200);
});

describe('paths', () => {
  const tried = JSON.parse(readFileSync(join(__dirname, '../e2e/paths.json'), 'utf8')) as { passing: string[]; elsewhere: string[] };

  test('arrive as clients send them, and none that means another gets past the list of served ones', async () => {
    const { pod, probe, ask } = await guard();
    startAuthorities(pod, good, signer);
    await started(probe);
    expect(tried.passing.map((path) => (JSON.parse(ask(path).body) as { path: string }).path)).toEqual(tried.passing);
    const statuses = tried.elsewhere.map((path) => [path, ask(path).status]);
    expect(statuses.filter(([, status]) => status !== 400 && status !== 404)).toEqual([]);
  });
});

test.each(families)('it serves in a pod of %s', async (_what, addresses) => {
  const { pod, probe, ask } = await guard(addresses);
  startAuthorities(pod, good, signer);
  await started(probe);
  expect([probe('/ready'), probe('/live'), ask('/api/x').status]).toEqual([200, 200, 200]);
});

test('with 50 hostile connections it answers its probes and others in time, and its memory stays under the limit', async () => {
  const { pod, program, probe, ask } = await guard();
  startAuthorities(pod, good, signer);
  await started(probe);
  const flooded = await flood(pod, program, 8080, [() => probe('/live'), () => probe('/ready'), () => ask('/api/x').status]);
  for (const { kind, statuses, milliseconds, memory } of flooded) {
    expect([kind, statuses, milliseconds < 10_000, memory < 256 * 2 ** 20]).toEqual([kind, [200, 200, 200], true, true]);
  }
});
