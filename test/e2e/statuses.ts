import type { Client } from './client';

/** What was asked, by name of the headers and by status. */
export type Statuses = Record<string, Record<string, string[]>>;

/** Requests of all headers, by all methods, on all paths. */
export interface Requests {
  readonly headers: Record<string, object>;
  readonly methods: string[];
  readonly paths: string[];
}

/** How they are answered. */
export async function statuses(client: Client, address: string, requests: Requests): Promise<Statuses> {
  return JSON.parse(await client.python('statuses.py', address, JSON.stringify(requests))) as Statuses;
}

/** That each of the headers was answered by no other statuses than these. */
export function expectOnly(found: Statuses, codes: string[]): void {
  for (const [name, byStatus] of Object.entries(found)) {
    expect([name, Object.fromEntries(Object.entries(byStatus).filter(([code]) => !codes.includes(code)))]).toEqual([name, {}]);
  }
}
