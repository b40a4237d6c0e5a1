import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { get, kubectl, type KubernetesList, type KubernetesObject } from './kubectl';

type Json = Record<string, unknown>;

/** The keys of somebody who signs tokens. */
export class Signer {
  private readonly pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

  constructor(readonly keyId: string) {}

  /** The public key as a JWKS has it. */
  get publicKey(): Json {
    return { ...this.pair.publicKey.export({ format: 'jwk' }), kid: this.keyId, alg: 'RS256', use: 'sig' };
  }

  token(claims: Json, header: Json = {}): string {
    return jwt({ alg: 'RS256', kid: this.keyId, ...header }, claims, (content) => sign('RSA-SHA256', Buffer.from(content), this.pair.privateKey));
  }

  /** A token that was signed with the public key, which everybody has, as if it were a password. */
  tokenByPublicKey(claims: Json): string {
    const password = this.pair.publicKey.export({ format: 'pem', type: 'spki' });
    return jwt({ alg: 'HS256', kid: this.keyId }, claims, (content) => createHmac('sha256', password).update(content).digest());
  }

  /** A token that nobody signed. */
  unsigned(claims: Json): string {
    return jwt({ alg: 'none' }, claims, () => Buffer.of());
  }
}

function jwt(header: Json, claims: Json, signature: (content: string) => Buffer): string {
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${content}.${signature(content).toString('base64url')}`;
}

/** The hosts of those who say who somebody is. */
export const HOSTS = ['login.example.com', 'example.cloudflareaccess.com'];

/** Of the platform's client at the provider. Without letters that OAuth encodes: Envoy sends it as it is. */
export const CLIENT_SECRET = 'the-secret_of.the~client';

/** What the certificate is for, beside the authorities: the hosts of a gateway. Cloudflare's own is for all teams, too. */
const CERTIFIED = ['login.example.com', '*.cloudflareaccess.com', 'mlflow.example.com', 'mlflow.internal.example.com'];

/** Runs authorities-process.mts on this machine, where the cluster's pods reach it. */
export class Authorities {
  private constructor(
    /** Where they listen, on port 443. */
    readonly address: string,
    /** This machine's, for pods. */
    readonly machine: string,
    readonly certificate: string,
    readonly key: string,
    private readonly process: ChildProcess,
  ) {}

  /**
   * @param namespace of a Service before them, so that their own port may be any; by default it is 443, as network policies want it, of
   * which there is one
   */
  static async start(cloudflare: Signer, namespace?: string): Promise<Authorities> {
    const folder = mkdtempSync(join(tmpdir(), 'authorities-'));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=authorities', '-addext',
      `subjectAltName=${CERTIFIED.map((host) => `DNS:${host}`).join(',')}`, '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')], { stdio: 'ignore' });
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [cloudflare.publicKey] }));
    writeFileSync(join(folder, 'client-secret'), CLIENT_SECRET);
    const machine = await addressTowards(await nodeAddress());
    const program = [join(__dirname, 'authorities-process.mts'), machine, namespace ? '0' : '443', folder];
    const process = spawn('node', ['--import', 'tsx', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(process, 'exit').then(() => { throw new Error('authorities-process.mts ended'); });
    const [port] = await Promise.race([once(process.stdout, 'data'), ended]) as [Buffer];
    ended.catch(() => undefined);
    const address = namespace ? await service(namespace, machine, Number(port.toString())) : machine;
    const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => readFileSync(join(folder, name), 'utf8')) as [string, string];
    return new Authorities(address, machine, certificate, key, process);
  }

  /** A token that the provider gives to a program. */
  async token(client: string, audience: string): Promise<string> {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: `${client}-secret`, resource: `https://${audience}` });
    const asked = request({
      host: this.address, servername: 'login.example.com', ca: this.certificate, path: '/token', method: 'POST',
      headers: { 'Host': 'login.example.com', 'Content-Type': 'application/x-www-form-urlencoded' },
    }).end(form.toString());
    const [answer] = await once(asked, 'response') as [IncomingMessage];
    return (await json(answer) as { access_token: string }).access_token;
  }

  stop(): void {
    this.process.kill();
  }
}

/** A Service before a port of this machine, and its address. */
async function service(namespace: string, machine: string, port: number): Promise<string> {
  const metadata = { name: 'authorities', namespace };
  const items = [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'https', port: 443, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'authorities' } },
      addressType: 'IPv4', endpoints: [{ addresses: [machine] }], ports: [{ name: 'https', port }],
    },
  ];
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return (await get<KubernetesObject & { spec: { clusterIP: string } }>('-n', namespace, 'service', 'authorities')).spec.clusterIP;
}

async function nodeAddress(): Promise<string> {
  const { items: [node] } = await get<KubernetesList & { items: { status: { addresses: { type: string; address: string }[] } }[] }>('nodes');
  return node!.status.addresses.find(({ type }) => type === 'InternalIP')!.address;
}

/** The address that this machine has towards another. */
async function addressTowards(other: string): Promise<string> {
  const socket = createSocket('udp4');
  socket.connect(9, other);
  await once(socket, 'connect');
  const { address } = socket.address();
  socket.close();
  return address;
}
