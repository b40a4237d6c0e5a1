import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** What a program shows to Cloudflare. */
export const SERVICE_TOKEN = { id: 'e2e.access', secret: 'cfast_e2e' };

export interface EdgeProps {
  readonly certificate: string;
  readonly key: string;
  /** The gateway's address, and the host that is asked for. */
  readonly address: string;
  readonly host: string;
  /** What Cloudflare adds to the requests that it lets through. */
  readonly assertion: () => string;
}

/** Cloudflare before the gateway: whoever has the service token is led on, with a token of Access; all others are sent to a page. */
export class CloudflareEdge {
  private constructor(private readonly server: Server, readonly port: number) {}

  static async start({ certificate, key, address, host, assertion }: EdgeProps): Promise<CloudflareEdge> {
    const server = createServer({ cert: certificate, key }, (incoming, answer) => {
      const { 'cf-access-client-id': id, 'cf-access-client-secret': secret, ...headers } = incoming.headers;
      if (id !== SERVICE_TOKEN.id || secret !== SERVICE_TOKEN.secret) {
        answer.writeHead(302, { location: 'https://example.cloudflareaccess.com/cdn-cgi/access/login' }).end();
        return;
      }
      const onward = request({
        host: address, servername: host, ca: certificate, path: incoming.url, method: incoming.method,
        headers: { ...headers, 'host': host, 'cf-access-jwt-assertion': assertion() },
      }, (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        pipeline(response, answer, () => undefined);
      });
      pipeline(incoming, onward, () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    return new CloudflareEdge(server, (server.address() as AddressInfo).port);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
