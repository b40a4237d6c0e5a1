// An OpenID Connect provider with a page to sign in, and beside it the keys of Cloudflare Access: node provider.mjs <port> <settings as JSON>.
// Whoever signs in as alice is in the group data-science, everybody else in none.
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const [port, settings] = process.argv.slice(2);
const { issuer, hosts, audience, clientSecret, tls, jwks, accessKeys } = JSON.parse(settings);
const HOUR = 3600;

const program = (id) => ({
  client_id: id, client_secret: clientSecret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
});
const groupsOf = (who) => (who === 'alice' || who === 'trainer' ? ['data-science'] : ['others']);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'mlflow', client_secret: clientSecret, grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: hosts.map((host) => `https://${host}/oauth2/callback`),
      post_logout_redirect_uris: hosts.map((host) => `https://${host}/`),
    },
    program('trainer'), program('stranger'),
  ],
  jwks,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  conformIdTokenClaims: false,
  cookies: { keys: [clientSecret] },
  extraTokenClaims: (_context, { clientId }) => ({ groups: groupsOf(clientId) }),
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => false,
      getResourceServerInfo: () => ({ scope: '', audience, accessTokenFormat: 'jwt', accessTokenTTL: HOUR }),
    },
  },
  findAccount: (_context, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: sub, email: `${sub}@example.com`, email_verified: true, groups: groupsOf(sub) }),
  }),
  pkce: { required: () => true },
  ttl: { AccessToken: HOUR, ClientCredentials: HOUR, IdToken: HOUR, Interaction: HOUR, Session: HOUR, Grant: HOUR, RefreshToken: HOUR },
});
provider.proxy = true;

const answer = provider.callback();
createServer(tls, (request, response) => {
  if (request.url !== '/cdn-cgi/access/certs') return answer(request, response);
  response.setHeader('content-type', 'application/json').end(JSON.stringify(accessKeys));
}).listen(Number(port), '0.0.0.0', () => console.log('listening'));
