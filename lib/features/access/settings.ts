import { z } from 'zod';
import { ingressHost, serverHost } from '../../kit/hosts';
import { bytes, databaseName, objectName, positive, secretName } from '../../kit/values';
import { HTTPS_URL, isHttpsUrl, problemOfIssuer } from './issuers';

/* The entrances from outside the cluster, and who is let in through them. */

const AUDIENCE = 'must be the Access application\'s audience (AUD) tag, 64 hexadecimal digits, not a URL or name: find it in the application\'s overview';
const CLIENT_ID = 'must be the client\'s identifier at the provider, without ":", and never its secret: write e.g. mlflow';
const issuer = () => z.string(`${HTTPS_URL}: write e.g. https://login.example.com/realms/main`).superRefine((text, context) => {
  const message = problemOfIssuer(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const keysUrl = () => z.string()
  .refine((text) => isHttpsUrl(text, /^[^#\s]*$/), `${HTTPS_URL}: remove it, the keys are found at the issuer`);

const NOT_A_GROUP = 'must be a group\'s name, as the tokens have it, without a blank before or after it: write e.g. "ml-team"';

const modes = {
  none: z.strictObject({ mode: z.literal('none').describe('Whoever reaches the server may use it: for profile: local.') }),
  cloudflareAccess: z.strictObject({
    mode: z.literal('cloudflare-access').describe('Cloudflare Access signs people in; its token is verified here.'),
    teamDomain: serverHost().refine((name) => name.endsWith('.cloudflareaccess.com'), 'must be the team\'s domain: write e.g. example.cloudflareaccess.com'),
    audience: z.string(AUDIENCE).regex(/^[0-9a-f]{64}$/, AUDIENCE).describe('Audience (AUD) tag of the Access application.'),
  }),
  oidc: z.strictObject({
    mode: z.literal('oidc').describe('People sign in at an OpenID Connect provider; programs present a token of it.'),
    issuer: issuer().describe('The provider, exactly as the field issuer of <issuer>/.well-known/openid-configuration says.'),
    keysUrl: keysUrl().optional().describe('No longer read: the guard finds the provider\'s keys at the issuer.'),
    clientId: z.string(CLIENT_ID).regex(/^[\x21-\x39\x3b-\x7e]{1,255}$/, CLIENT_ID).describe('This platform\'s client at the provider.'),
    secret: secretName().default('mlflow-oidc').describe('Secret with the key client-secret, which must exist, locally too.'),
    cookieSecret: secretName().optional().describe(
      'Secret with the key cookie-secret: 32 random bytes as URL-safe base64, with which sessions are encrypted; which must exist. '
      + 'Default: mlflow-oidc-cookies; locally one that is made.'),
    caSecret: secretName().optional().describe(
      'Secret with the key ca.crt: the company\'s own authorities; one of them may have signed the provider\'s certificate. Default: the public authorities; they are trusted in each case.'),
    scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope of OAuth: write e.g. groups')).min(1, 'must name a scope, or be left out')
      .refine((scopes) => scopes.includes('openid'), 'must hold openid, without which providers do not say who somebody is')
      .default(['openid', 'profile', 'email']).describe('What is asked of the provider.'),
    groups: z.array(z.string(NOT_A_GROUP).regex(/^[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?$/u, NOT_A_GROUP))
      .min(1, 'must name a group, or be left out').max(128, 'must be 128 at most').optional()
      .describe('Who is in none of them is refused, programs included. Default: everybody who the provider lets in.'),
    groupsClaim: z.string().regex(/^[A-Za-z0-9_.:/-]+$/, 'must be the name of a claim, in which "." leads into another: write e.g. groups or realm_access.roles').default('groups').describe('Claim of the tokens that holds the groups.'),
    audiences: z.array(z.string().min(1, 'must be an audience: write e.g. mlflow-programs')).max(7, 'must be 7 at most').default([])
      .describe('Audiences of programs\' tokens, in addition to clientId.'),
  }),
  basic: z.strictObject({
    mode: z.literal('basic').describe('MLflow\'s own users and permissions, also for programs inside the cluster.'),
    administratorSecret: secretName().optional().describe('Secret with the keys username and password, of 12 characters or more, of an administrator, who is made. '
      + 'It must exist. Default: mlflow-administrator; locally, with the embedded database, one that is made.'),
    databaseName: databaseName().default('mlflow_users').describe(
      'Database of the users and permissions, on the same server and of the same role as the tracking database. With an administrator of the '
      + 'database it is made; otherwise it must exist.'),
    defaultPermission: z.enum(['NO_PERMISSIONS', 'READ', 'USE', 'EDIT', 'MANAGE']).default('NO_PERMISSIONS')
      .describe('What users may do with what others made, before somebody permits more.'),
  }),
};

const access = z.discriminatedUnion('mode', [modes.none, modes.cloudflareAccess, modes.oidc, modes.basic],
  'must have mode: cloudflare-access, oidc, basic, or, locally, none');

const tls = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('secret').describe('A certificate that exists.'),
    secret: secretName().describe('Secret of type kubernetes.io/tls for the hosts.'),
  }),
  z.strictObject({
    provider: z.literal('cert-manager').describe('cert-manager gets a certificate, and renews it.'),
    issuer: objectName('letsencrypt').describe('Its issuer.'),
    issuerKind: z.enum(['ClusterIssuer', 'Issuer']).default('ClusterIssuer'),
  }),
  z.strictObject({ provider: z.literal('before-cluster').describe('TLS ends before the cluster, as with a Cloudflare tunnel or a load balancer.') }),
], 'must have provider: secret with its secret, cert-manager with its issuer, or before-cluster');

const hosts = () => z.array(ingressHost()).min(1, 'must name a host: write e.g. [mlflow.example.com]');

const entrance = {
  hosts: hosts().describe('Names that people reach the UI by, the main one first.'),
  tls: tls.optional().describe('Where the hosts\' certificate comes from. Default: no TLS; refused in production.'),
  timeoutSeconds: positive().max(86400, 'must be 86400 or less: it is a number of seconds').default(600).describe('Seconds that an upload or download may pause.'),
};

const gateway = z.strictObject({
  className: objectName('envoy').default('envoy').describe('GatewayClass, of Envoy Gateway 1.9 or newer, which must exist.'),
  ...entrance,
});

const ingress = z.strictObject({
  controller: z.enum(['nginx', 'traefik'], 'must be nginx or traefik').default('nginx').describe(
    'Whose annotations the Ingress has: those of the NGINX family, or Traefik\'s.'),
  className: objectName('nginx').optional().describe('IngressClass. Default: the controller\'s name.'),
  ...entrance,
  maxBodySize: z.union([z.literal('unlimited'), bytes({ most: '5Ti' })], 'must be "unlimited" or a quantity of bytes: write e.g. 5Gi').default('unlimited')
    .describe('Largest upload through the Ingress. Traefik has no limit.'),
});

const internal = z.strictObject({
  hosts: hosts().describe('More host names on the same gateway or ingress, with access rules of their own.'),
  tls: tls.optional().describe('Default: as for the other hosts.'),
  access: access.optional().describe('Who is let in by these names. Default: as by the others.'),
});

export const sections = {
  gateway: gateway.optional().describe('The entrance from outside the cluster through the Gateway API. Default: none.'),
  ingress: ingress.optional().describe('The entrance from outside the cluster through an Ingress, instead of a gateway. Default: none.'),
  internal: internal.optional().describe('Names inside the company, in addition to the public ones. Default: none.'),
  access: access.optional().describe('Who is let in. Default: locally, or without an entrance, everybody who reaches the server (none).'),
};

/** Who is let in. */
export type AccessSpec = z.output<typeof access>;
/** Where a certificate comes from. */
export type TlsSpec = z.output<typeof tls>;
