import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../../lib/manifests/render';
import { forgedTokens, GROUP, PROGRAMS, PROVIDER, Signer } from '../e2e/tokens';
import { environment } from '../testing';
import { programToken, startAuthorities } from './pod/authorities';
import { CertificateAuthority, type Certificate } from '../certificates';
import { startContainer } from './pod/container';
import { flood } from './pod/flood';
import { families, Pod, soon } from './pod/pod';

/*
 * The rendered guard of an OpenID Connect provider, run by the real oauth2-proxy (of PATH) as a pod runs it, with all its names and ports.
 */

jest.setTimeout(180_000);

const HOST = new URL(PROVIDER).hostname;
const SERVER = 'mlflow.mlflow.svc.cluster.local';
const publicAuthority = new CertificateAuthority('a public authority');
const company = new CertificateAuthority('the company');
const pods: Pod[] = [];

afterEach(() => { for (const pod of pods.splice(0)) pod.stop(); });

interface Surroundings {
  readonly addresses?: readonly string[];
  /** What is in the Secret with the company's authorities, where the environment file names one. */
  readonly authorities?: string;
}

/** The guard in a pod of its own, with a server behind it; it is started apart, because it ends where there is no provider. */
async function guard({ addresses = ['10.9.8.7'], authorities }: Surroundings = {}) {
  const objects = render(environment(`{database: {provider: external, host: db}, artifactStore: {provider: s3},
    gateway: {hosts: [a.b], tls: {provider: before-cluster}}, access: {mode: oidc, issuer: "${PROVIDER}", clientId: mlflow, groups: [${GROUP}],
    audiences: [${PROGRAMS}]${authorities === undefined ? '' : ', caSecret: company-ca'}}}`)).map(({ object }) => object);
  const pod = await Pod.start({ addresses, names: [HOST, SERVER], trusted: publicAuthority.certificate });
  pods.push(pod);
  pod.start('node', join(__dirname, 'pod/record.mjs'));
  const secrets = { 'mlflow-oidc/client-secret': 'any', 'mlflow-oidc-cookies/cookie-secret': 'c'.repeat(43), 'company-ca/ca.crt': authorities ?? '' };
  return {
    pod,
    start: () => startContainer(pod, objects, 'mlflow-sign-in', 'oauth2-proxy', { secrets }),
    probe: (path: string) => pod.ask(4180, path).status,
    ask: (path: string, token?: string, method = 'GET') => pod.ask(4180, path, { method, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } }),
  };
}

async function token(pod: Pod, client = 'training'): Promise<string> {
  await soon(() => { expect(programToken(pod, client, PROGRAMS)).toBeTruthy(); });
  return programToken(pod, client, PROGRAMS)!;
}

const publicCertificate = publicAuthority.sign([HOST]);

describe('the provider\'s certificate', () => {
  const accepted: [string, string | undefined, () => Certificate][] = [
    ['of a public authority, where the file names none', undefined, () => publicCertificate],
    ['of a public authority, where the file names the company\'s', company.certificate, () => publicCertificate],
    ['of the company\'s authority, where the file names it', company.certificate, () => company.sign([HOST])],
    ['of the second authority in the Secret', publicAuthority.certificate + company.certificate, () => company.sign([HOST])],
  ];

  test.each(accepted)('%s, is accepted', async (_what, authorities, certificate) => {
    const { pod, start, probe, ask } = await guard({ authorities });
    startAuthorities(pod, certificate(), new Signer('any'));
    const good = await token(pod);
    start();
    await soon(() => { expect(probe('/ready')).toBe(200); });
    expect(ask('/api/x', good).status).toBe(200);
  });

  const refused: [string, string | undefined, () => Certificate, RegExp][] = [
    ['of the company\'s authority, where the file names none', undefined, () => company.sign([HOST]), /certificate signed by unknown authority/],
    ['of another authority', company.certificate, () => new CertificateAuthority('another').sign([HOST]), /certificate signed by unknown authority/],
    ['that has ended', company.certificate, () => company.sign([HOST], -1), /certificate has expired/],
    ['for another name', company.certificate, () => company.sign(['evil.example']), /certificate is valid for evil\.example, not login\.example\.com/],
    ['for another name, of a public authority', undefined, () => publicAuthority.sign(['evil.example']), /certificate is valid for evil\.example, not login\.example\.com/],
    ['of any authority, where the Secret holds none', 'nothing', () => publicCertificate, /loading certificate authority \(.*ca\.crt\) failed/],
  ];

  test.each(refused)('%s, is refused: the guard does not start, and its log says why', async (_what, authorities, certificate, reason) => {
    const { pod, start, probe } = await guard({ authorities });
    startAuthorities(pod, certificate(), new Signer('any'));
    await token(pod);
    const { process, log } = start();
    await soon(() => { expect(process.exitCode).toBe(1); });
    expect(log()).toMatch(reason);
    expect(probe('/ready')).toBe(0);
  });
});

test('a provider that is away keeps a new pod from starting; a pod that has seen it stays ready and lets in those who it knows', async () => {
  const { pod, start, probe, ask } = await guard();
  const first = start();
  await soon(() => { expect(first.process.exitCode).toBe(1); });
  expect(first.log()).toMatch(/connection refused/);
  const { process } = startAuthorities(pod, publicCertificate, new Signer('any'));
  const good = await token(pod);
  start();
  await soon(() => { expect(ask('/api/x', good).status).toBe(200); });
  process.kill('SIGKILL');
  expect([probe('/ready'), probe('/ping'), ask('/api/x', good).status]).toEqual([200, 200, 200]);
});

test('no other token is accepted', async () => {
  const { pod, start, ask } = await guard();
  startAuthorities(pod, publicCertificate, new Signer('any'));
  const stranger = await token(pod, 'stranger');
  start();
  await soon(() => { expect(ask('/api/x').status).toBe(401); });
  const refused = { ...forgedTokens(), 'of somebody in no such group': stranger, 'for another audience': programToken(pod, 'training', 'another')! };
  expect(Object.entries(refused).map(([name, each]) => [name, ask('/api/x', each).status])).toEqual(Object.keys(refused).map((name) => [name, 403]));
});

test('paths arrive as clients send them, and none that means another gets past the list of served ones', async () => {
  const tried = JSON.parse(readFileSync(join(__dirname, '../e2e/paths.json'), 'utf8')) as { passing: string[]; elsewhere: string[] };
  const { pod, start, ask } = await guard();
  startAuthorities(pod, publicCertificate, new Signer('any'));
  const good = await token(pod);
  start();
  await soon(() => { expect(ask('/api/x', good).status).toBe(200); });
  expect(tried.passing.map((path) => (JSON.parse(ask(path, good).body) as { path: string }).path)).toEqual(tried.passing);
  // Its own pages, /ready among them, are not the server's.
  expect(tried.elsewhere.filter((path) => ask(path, good).body.includes('"path"'))).toEqual([]);
});

test.each(families)('it serves in a pod of %s', async (_what, addresses) => {
  const { pod, start, probe, ask } = await guard({ addresses });
  startAuthorities(pod, publicCertificate, new Signer('any'));
  const good = await token(pod);
  start();
  await soon(() => { expect(probe('/ready')).toBe(200); });
  expect([probe('/ping'), ask('/api/x', good).status]).toEqual([200, 200]);
});

test('with 50 hostile connections it answers its probes and others in time, and its memory stays under the limit', async () => {
  const { pod, start, probe, ask } = await guard();
  startAuthorities(pod, publicCertificate, new Signer('any'));
  const good = await token(pod);
  const program = start();
  await soon(() => { expect(ask('/api/x', good).status).toBe(200); });
  const flooded = await flood(pod, program, 4180, [() => probe('/ping'), () => probe('/ready'), () => ask('/api/x', good).status]);
  for (const { kind, statuses, milliseconds, memory } of flooded) {
    expect([kind, statuses, milliseconds < 10_000, memory < 256 * 2 ** 20]).toEqual([kind, [200, 200, 200], true, true]);
  }
});
