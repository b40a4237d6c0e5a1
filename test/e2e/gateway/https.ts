import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Requests to one address by https, for a host that no DNS has. */
export class Https {
  constructor(private readonly address: string, readonly host: string, private readonly authority: string, private readonly port = 443) {}

  async request(path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
    const options: RequestOptions = {
      host: this.address, port: this.port, servername: this.host, ca: this.authority, agent: false, path, method, headers: { Host: this.host, ...headers },
    };
    const sent = request(options);
    sent.end(body);
    const [response] = await once(sent, 'response') as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces).toString() };
  }
}
