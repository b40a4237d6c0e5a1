import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPlugin } from '../e2e/gateway/plugin';
import { CertificateAuthority } from '../certificates';

/*
 * MLflow's client of several releases (`mlflow-client-<release>` of PATH) with the plugin for Cloudflare, and real servers.
 */

jest.setTimeout(120_000);

const RELEASES = ['2.10.0', '2.22.0', '3.17.2'];
const TOKEN = { CF_ACCESS_CLIENT_ID: 'e2e.access', CF_ACCESS_CLIENT_SECRET: 'cfast_e2e', MLFLOW_TRACKING_AUTH: 'cloudflare-access' };
const folder = mkdtempSync(join(tmpdir(), 'mlflow-platform-plugin-'));
const authority = new CertificateAuthority('the servers\'');

/** A server that keeps what it was asked, and with what token. */
class Listener {
  /** "METHOD path", with "and the token" where it came along. */
  asked: string[] = [];
  /** Path to where it redirects. */
  redirects: Record<string, string> = {};
  private readonly server: Server;

  constructor(private readonly scheme: 'http' | 'https') {
    const { certificate, key } = authority.sign(['localhost']);
    const answer: RequestListener = (request, response) => {
      const { 'cf-access-client-id': id, 'cf-access-client-secret': secret } = request.headers;
      const path = new URL(request.url!, 'http://any').pathname;
      this.asked.push(`${path}${id ?? secret ? ` with ${String(id)} ${String(secret)}` : ''}`);
      const target = Object.entries(this.redirects).find(([from]) => path.startsWith(from))?.[1];
      if (target === undefined) response.setHeader('Content-Type', 'application/json').end('{}');
      else response.writeHead(307, { Location: target }).end();
    };
    this.server = scheme === 'https' ? createServer({ cert: certificate, key }, answer) : createHttpServer(answer);
  }

  async start(): Promise<this> {
    this.server.listen(0, 'localhost');
    await once(this.server, 'listening');
    return this;
  }

  stop(): void {
    this.server.close();
  }

  url(host = 'localhost'): string {
    return `${this.scheme}://${host}:${(this.server.address() as AddressInfo).port}`;
  }
}

let home: Listener;
let elsewhere: Listener;
let clear: Listener;

beforeAll(async () => {
  execFileSync('python3', ['-m', 'zipfile', '-e', buildPlugin(), join(folder, 'plugin')]);
  writeFileSync(join(folder, 'authority.pem'), authority.certificate);
  [home, elsewhere, clear] = await Promise.all([new Listener('https').start(), new Listener('https').start(), new Listener('http').start()]);
});

beforeEach(() => {
  for (const server of [home, elsewhere, clear]) Object.assign(server, { asked: [], redirects: {} });
});

afterAll(() => { for (const server of [home, elsewhere, clear]) server.stop(); });

describe.each(RELEASES)('MLflow %s', (release) => {
  /** How each action ended. */
  async function client(variables: Record<string, string>, ...actions: string[]): Promise<string[]> {
    const environment = { PATH: process.env.PATH, HOME: folder, MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0', MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_TRACKING_SERVER_CERT_PATH: join(folder, 'authority.pem') };
    const { stdout } = await promisify(execFile)(`mlflow-client-${release}`, [join(__dirname, 'client-plugin.py'), join(folder, 'plugin'), ...actions], {
      env: { ...environment, ...variables }, cwd: folder,
    });
    return stdout.trim().split('\n');
  }
  const withToken = ({ asked }: Listener) => asked.filter((each) => each.includes(' with '));
  const COMPLETE = / with e2e\.access cfast_e2e$/;

  test('the token goes to the host of MLFLOW_TRACKING_URI with each request', async () => {
    expect(await client({ ...TOKEN, MLFLOW_TRACKING_URI: `${home.url()}/` }, 'track', 'register')).toEqual(['ok', 'ok']);
    expect(home.asked.length).toBeGreaterThanOrEqual(2);
    for (const each of home.asked) expect(each).toMatch(COMPLETE);
  });

  test('it goes to no registry on another port or host', async () => {
    expect(await client({ ...TOKEN, MLFLOW_TRACKING_URI: home.url(), MLFLOW_REGISTRY_URI: elsewhere.url() }, 'track', 'register')).toEqual(['ok', 'ok']);
    expect([withToken(elsewhere), elsewhere.asked.length > 0, withToken(home).length > 0]).toEqual([[], true, true]);
    const variables = { MLFLOW_TRACKING_URI: home.url(), MLFLOW_REGISTRY_URI: clear.url('127.0.0.1') };
    expect(await client({ ...TOKEN, ...variables }, 'register')).toEqual(['ok']);
    expect([withToken(clear), clear.asked.length]).toEqual([[], 1]);
  });

  test.each([
    ['absolute', () => `${elsewhere.url()}/taken`],
    ['without a scheme', () => elsewhere.url().replace('https:', '').concat('/taken')],
    ['by a name before an @', () => elsewhere.url().replace('https://', `${home.url()}@`).concat('/taken')],
    ['with a backslash', () => elsewhere.url().replace('https://', `${home.url()}\\@`).concat('/taken')],
    ['to http', () => `${clear.url()}/taken`],
  ])('a redirect elsewhere (%s) does not take it along', async (_what, target) => {
    home.redirects = { '/api/2.0/mlflow/experiments': target() };
    await client({ ...TOKEN, MLFLOW_TRACKING_URI: home.url() }, 'track');
    expect(withToken(home).length).toBeGreaterThan(0);
    expect([...withToken(elsewhere), ...withToken(clear)]).toEqual([]);
  });

  test('a redirect that stays at the host keeps it; one that leaves from there does not', async () => {
    home.redirects = { '/api/2.0/mlflow/experiments': '/moved/once' };
    expect(await client({ ...TOKEN, MLFLOW_TRACKING_URI: home.url() }, 'track')).toEqual(['ok']);
    expect(home.asked.at(-1)).toBe('/moved/once with e2e.access cfast_e2e');
    home.redirects['/moved/once'] = `${elsewhere.url()}/taken`;
    expect(await client({ ...TOKEN, MLFLOW_TRACKING_URI: home.url() }, 'track')).toEqual(['ok']);
    expect(elsewhere.asked).toEqual(['/taken']);
  });

  test('it is not sent in the clear, except on the machine itself', async () => {
    expect(await client({ ...TOKEN, MLFLOW_TRACKING_URI: clear.url() }, 'track')).toEqual(['ok']);
    expect(withToken(clear).length).toBeGreaterThan(0);
    clear.asked = [];
    const [said] = await client({ ...TOKEN, MLFLOW_TRACKING_URI: clear.url('127.0.0.2') }, 'track');
    expect(said).toMatch(/MLFLOW_TRACKING_URI is not an https URL: write e\.g\. https:\/\/mlflow\.example\.com/);
    expect(clear.asked).toEqual([]);
  });

  test('a half of it is refused by name, and none is sent without being asked for', async () => {
    expect((await client({ ...TOKEN, CF_ACCESS_CLIENT_SECRET: ' ', MLFLOW_TRACKING_URI: home.url() }, 'track'))[0]).toMatch(/CF_ACCESS_CLIENT_SECRET not set/);
    expect(await client({ ...TOKEN, MLFLOW_TRACKING_AUTH: '', MLFLOW_TRACKING_URI: home.url() }, 'track')).toEqual(['ok']);
    expect(withToken(home)).toEqual([]);
  });
});
