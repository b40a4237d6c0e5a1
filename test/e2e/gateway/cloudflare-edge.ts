import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { IdentityProvider } from '../provider/identity-provider';

/** What a program shows to Cloudflare. */
export const SERVICE_TOKEN = { id: 'e2e.access', secret: 'cfast_e2e' };

/** Cloudflare before the gateway: whoever has the service token is led on, with a token of Access; all others are sent to a page. */
export class CloudflareEdge {
  private constructor(private readonly server: Server, readonly port: number) {}

  static async start(provider: IdentityProvider, { address, host }: { address: string; host: string }): Promise<CloudflareEdge> {
    const server = createServer(provider.certificate, (incoming, answer) => {
      const { 'cf-access-client-id': id, 'cf-access-client-secret': secret, ...headers } = incoming.headers;
      if (id !== SERVICE_TOKEN.id || secret !== SERVICE_TOKEN.secret) {
        answer.writeHead(302, { location: 'https://example.cloudflareaccess.com/cdn-cgi/access/login' }).end();
        return;
      }
      const assertion = provider.accessToken({ common_name: SERVICE_TOKEN.id, sub: '', email: undefined });
      const onward = request({
        host: address, servername: host, ca: provider.authority, path: incoming.url, method: incoming.method,
        headers: { ...headers, 'host': host, 'cf-access-jwt-assertion': assertion },
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
