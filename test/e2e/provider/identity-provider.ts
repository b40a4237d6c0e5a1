import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { get, kubectl, type KubernetesObject } from '../kubectl';
import { certificates, type KeyPair } from './certificates';
import { jwk, token, tokenKey, type Algorithm, type TokenKey } from './tokens';

/** Where the process listens; the Service's port is that of https. */
const PORT = 8443;

/** The team of Cloudflare Access that the tests play. */
export const TEAM = 'example.cloudflareaccess.com';

/** Audience of programs' tokens. */
export const AUDIENCE = 'https://mlflow.example.com';

const CLIENT_SECRET = 'the-secret_of.the~client';

/**
 * An OpenID Connect provider, and Cloudflare's keys, as a process on this machine, behind a Service. Pods reach this machine at the address
 * of the API server, which runs here, too.
 */
export class IdentityProvider {
  readonly clientSecret = CLIENT_SECRET;

  private constructor(
    readonly host: string,
    /** Of its Service. */
    readonly address: string,
    /** This machine's, for pods. */
    readonly machine: string, readonly authority: string, readonly certificate: KeyPair,
    private readonly accessKey: TokenKey, private readonly process: ChildProcess,
  ) {}

  /** Starts it, for clients at some hosts, whose certificate it makes, too. */
  static async start(namespace: string, hosts: readonly string[]): Promise<IdentityProvider> {
    const host = `provider.${namespace}.svc.cluster.local`;
    const { authority, server } = certificates([host, TEAM, ...hosts]);
    const [own, access] = [tokenKey('own'), tokenKey('access')];
    const settings = {
      issuer: `https://${host}`, hosts, audience: AUDIENCE, clientSecret: CLIENT_SECRET, tls: server,
      jwks: { keys: [jwk(own, own.privateKey)] }, accessKeys: { keys: [jwk(access, access.publicKey)] },
    };
    const child = spawn('node', [join(__dirname, 'provider.mjs'), String(PORT), JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const { subsets: [subset] } = await get<KubernetesObject & { subsets: { addresses: { ip: string }[] }[] }>('-n', 'default', 'endpoints', 'kubernetes');
    await kubectl(['create', 'namespace', namespace]);
    const machine = subset!.addresses[0]!.ip;
    await kubectl(['-n', namespace, 'apply', '-f', '-'], JSON.stringify(service(machine)));
    const { spec: { clusterIP } } = await get<KubernetesObject & { spec: { clusterIP: string } }>('-n', namespace, 'service', 'provider');
    return new IdentityProvider(host, clusterIP, machine, authority, server, access, child);
  }

  get issuer(): string {
    return `https://${this.host}`;
  }

  get keysUrl(): string {
    return `${this.issuer}/jwks`;
  }

  stop(): void {
    this.process.kill();
  }

  /** A token as Cloudflare Access adds to a request, or one that differs in a claim or in how it is signed. */
  accessToken(claims: object = {}, { key = this.accessKey, algorithm }: { key?: TokenKey; algorithm?: Algorithm } = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: `https://${TEAM}`, aud: ['0'.repeat(64)], iat: now, nbf: now, exp: now + 600, sub: 'alice', email: 'alice@example.com', type: 'app' };
    return token({ ...usual, ...claims }, key, algorithm);
  }

  /** A token of a program, by its own credentials. */
  async programToken(client: 'trainer' | 'stranger'): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: CLIENT_SECRET, resource: AUDIENCE });
    const { access_token: token } = JSON.parse(await this.post('/token', body.toString())) as { access_token: string };
    return token;
  }

  private async post(path: string, body: string): Promise<string> {
    const sent = request({
      host: this.address, path, method: 'POST', servername: this.host, agent: new Agent({ ca: this.authority }),
      headers: { 'Host': this.host, 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    sent.end(body);
    const [response] = await once(sent, 'response') as [AsyncIterable<Buffer>];
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }
}

/** A name for an address outside the cluster. */
function service(address: string): object {
  const ports = [{ name: 'https', port: 443, targetPort: PORT, protocol: 'TCP' }];
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'provider' }, spec: { ports } },
      {
        apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
        metadata: { name: 'provider', labels: { 'kubernetes.io/service-name': 'provider' } },
        addressType: 'IPv4', endpoints: [{ addresses: [address] }], ports: [{ name: 'https', port: PORT, protocol: 'TCP' }],
      },
    ],
  };
}
