/*
 * authorities-process.mts ADDRESS PORT FOLDER: those who say who somebody is, on a port of an address of this machine: an OpenID Connect
 * provider at https://login.example.com, and the keys of https://example.cloudflareaccess.com. FOLDER holds certificate.pem, key.pem,
 * keys.json and client-secret. Prints the port.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Provider, { type ClientMetadata } from 'oidc-provider';

const [address, port, folder] = process.argv.slice(2) as [string, string, string];
const file = (name: string) => readFileSync(join(folder, name), 'utf8');

/** Who is in which group. */
const groups: Record<string, string[]> = { ann: ['mlflow-users', 'others'], bob: ['others'], training: ['mlflow-users'], stranger: ['others'] };

const program = (id: string): ClientMetadata =>
  ({ client_id: id, client_secret: `${id}-secret`, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] });

const provider = new Provider('https://login.example.com', {
  clients: [
    {
      client_id: 'mlflow', client_secret: file('client-secret'),
      redirect_uris: ['https://mlflow.internal.example.com/oauth2/callback'],
      post_logout_redirect_uris: ['https://mlflow.internal.example.com/'],
    },
    program('training'),
    program('stranger'),
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  conformIdTokenClaims: false, // groups are in the ID token, too
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: true, groups: groups[id] ?? [] }),
  }),
  pkce: { required: () => true },
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // Whoever asks for another resource gets a token that is meant for it.
      getResourceServerInfo: (_context, resource) =>
        ({ scope: '', audience: resource.replace('https://', ''), accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  extraTokenClaims: (_context, { clientId }) => ({ groups: groups[clientId!] ?? [] }),
  cookies: { keys: ['of a test'] },
});

const answer = provider.callback();
const server = createServer({ cert: file('certificate.pem'), key: file('key.pem') }, (request, response) => {
  if (request.headers.host !== 'example.cloudflareaccess.com') {
    void answer(request, response);
  } else if (request.url === '/cdn-cgi/access/certs') {
    response.setHeader('Content-Type', 'application/json').end(file('keys.json'));
  } else {
    response.writeHead(404).end();
  }
}).listen(Number(port), address, () => { console.log((server.address() as AddressInfo).port); });

process.stdin.resume().on('end', () => { process.exit(); }); // with whoever started it
