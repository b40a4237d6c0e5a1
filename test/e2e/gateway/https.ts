import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Requests to one address by https, for a host that no DNS has. */
export class Https {
  constructor(private readonly address: string, readonly host: string, private readonly authority: string) {}

  async request(path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
    const { address, host, authority } = this;
    const sent = request({ host: address, servername: host, ca: authority, agent: false, path, method, headers: { Host: host, ...headers } });
    sent.end();
    const [response] = await once(sent, 'response') as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces).toString() };
  }
}
