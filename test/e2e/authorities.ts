import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { selfSigned } from '../certificates';
import { get, kubectl, type KubernetesList, type KubernetesObject } from './kubectl';
import type { Signer } from './tokens';

/** The hosts of those who say who somebody is. */
export const HOSTS = ['login.example.com', 'example.cloudflareaccess.com'];

/** Of the platform's client at the provider. */
export const CLIENT_SECRET = 'the-secret_of.the~client';

/** What the certificate is for, in addition to the authorities: the hosts of a gateway. Cloudflare's own is for all teams, too. */
const CERTIFIED = ['login.example.com', '*.cloudflareaccess.com', 'mlflow.example.com', 'mlflow.internal.example.com'];

/** Where a process of the authorities is, and what belongs to it. */
interface Place {
  /** This machine's address, for pods. */
  readonly machine: string;
  /** Of the machine. */
  readonly port: number;
  /** Where pods reach port 443 of the authorities: the machine, or a Service before it. */
  readonly address: string;
  /** Holds its certificate and key. */
  readonly folder: string;
}

/** Runs authorities-process.mts on this machine, where the cluster's pods reach it. */
export class Authorities {
  /** The certificate and key of somebody else, whose authority is trusted as well. */
  private readonly another = certified(['evil.example.com']);

  private constructor(private readonly place: Place, private process: ChildProcess) {}

  /**
   * @param namespace of a Service before them, so that their own port may be any; by default it is 443, as network policies want it, of
   * which there is one
   */
  static async start(cloudflare: Signer, namespace?: string): Promise<Authorities> {
    const folder = certified(CERTIFIED);
    const machine = await addressTowards(await nodeAddress());
    const { process, port } = await run(folder, cloudflare, machine, namespace ? 0 : 443);
    const address = namespace ? await service(namespace, machine, port) : machine;
    return new Authorities({ machine, port, address, folder }, process);
  }

  /** Where they listen, on port 443. */
  get address(): string {
    return this.place.address;
  }

  /** This machine's address, for pods. */
  get machine(): string {
    return this.place.machine;
  }

  /** Their port as network policies see it. */
  get port(): number {
    return this.place.port;
  }

  get certificate(): string {
    return readFileSync(join(this.place.folder, 'certificate.pem'), 'utf8');
  }

  get key(): string {
    return readFileSync(join(this.place.folder, 'key.pem'), 'utf8');
  }

  /** What clients trust. */
  get trusted(): string {
    return this.certificate + readFileSync(join(this.another, 'certificate.pem'), 'utf8');
  }

  /** Puts that somebody else in their place, until they are back. */
  async impersonate(impostor: Signer): Promise<void> {
    await this.replace(this.another, impostor);
  }

  async comeBack(cloudflare: Signer): Promise<void> {
    await this.replace(this.place.folder, cloudflare);
  }

  private async replace(folder: string, cloudflare: Signer): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill();
    await ended;
    ({ process: this.process } = await run(folder, cloudflare, this.machine, this.port));
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

/** A new folder with a certificate, which is its own authority, and its key. */
function certified(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'authorities-'));
  const { certificate, key } = selfSigned(names);
  writeFileSync(join(folder, 'certificate.pem'), certificate);
  writeFileSync(join(folder, 'key.pem'), key);
  return folder;
}

/** Starts them with what is in a folder and the keys of Cloudflare; a port of 0 is any. */
async function run(folder: string, cloudflare: Signer, machine: string, port: number) {
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [cloudflare.publicKey] }));
  writeFileSync(join(folder, 'client-secret'), CLIENT_SECRET);
  const program = [join(__dirname, 'authorities-process.mts'), machine, String(port), folder];
  const process = spawn('node', ['--import', 'tsx', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(process, 'exit').then(() => { throw new Error('authorities-process.mts ended'); });
  const [printed] = await Promise.race([once(process.stdout, 'data'), ended]) as [Buffer];
  ended.catch(() => undefined);
  return { process, port: Number(printed.toString()) };
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
