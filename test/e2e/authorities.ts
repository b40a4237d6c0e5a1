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
import { get, type KubernetesList } from './kubectl';

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

/** Runs authorities-process.mts on this machine, where the cluster's pods reach it. */
export class Authorities {
  private constructor(readonly address: string, readonly certificate: string, private readonly process: ChildProcess) {}

  static async start(cloudflare: Signer): Promise<Authorities> {
    const folder = mkdtempSync(join(tmpdir(), 'authorities-'));
    // Cloudflare's own certificate is for all teams, too.
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=authorities', '-addext',
      'subjectAltName=DNS:login.example.com,DNS:*.cloudflareaccess.com', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')], { stdio: 'ignore' });
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [cloudflare.publicKey] }));
    const address = await addressTowards(await nodeAddress());
    const process = spawn('node', ['--import', 'tsx', join(__dirname, 'authorities-process.mts'), address, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(process, 'exit').then(() => { throw new Error('authorities-process.mts ended'); });
    await Promise.race([once(process.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    return new Authorities(address, readFileSync(join(folder, 'certificate.pem'), 'utf8'), process);
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
