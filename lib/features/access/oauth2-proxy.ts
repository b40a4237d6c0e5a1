import { k8s, type Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Connection } from '../../kit/network/connection';
import { destinationOf, type Peer } from '../../kit/network/peer';
import { SecretFiles, type SecretReference } from '../../kit/secrets/secret-files';
import { images } from '../../versions';
import { Scripts } from '../../kit/workload/scripts';
import { Guard, STOP, type GuardedService, type GuardSurroundings } from './guard';
import { oauth2ProxyConfiguration, type ProviderProps } from './oauth2-proxy-configuration';
import { servedPaths, type ServedPath } from './served-paths';

const PORT = 4180;

/** Below it are the paths of signing in: /oauth2/callback, where a provider sends people back to, and /oauth2/sign_out among them. */
const SIGN_IN_PREFIX = '/oauth2';

/**
 * Memory above which Go collects garbage without a pause. It takes headers of 1 MB, which no flag changes: 50 requests with such cookies
 * at once took 316 MB, more than the pod has, and with this 193 MB.
 */
const MEMORY = '150MiB';

/** How long somebody stays signed in. The provider is not asked in between, so it is how long a lost right still holds, too. */
const SESSION = '12h';

/** Addresses that pods have; which of them may connect is the network policy's to say. */
const POD_ADDRESSES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

export interface OAuth2ProxyProps extends GuardSurroundings, ProviderProps {
  /** Whether people's browsers show https. */
  readonly encrypted: boolean;
  /** Secret with the key client-secret. */
  readonly clientSecret: SecretReference;
  /** Secret with the key cookie-secret, with which sessions are encrypted: the same for all pods, so each knows all sessions. */
  readonly cookieSecret: SecretReference;
  /**
   * Secret with the key ca.crt: authorities that the provider's certificate may be of, in addition to the public ones.
   * @default - the public ones alone
   */
  readonly caSecret?: SecretReference;
}

/**
 * Signs people in at an OpenID Connect provider, and lets programs in that present a token of it. Sessions are in the browsers'
 * cookies alone, so they outlive the pods, and no store is needed.
 *
 * @see https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview
 */
export class OAuth2Proxy extends Construct implements GuardedService {
  readonly service: Service;
  readonly components: readonly string[];
  readonly connections: readonly Connection[];
  readonly paths: readonly ServedPath[] = [...servedPaths, { path: SIGN_IN_PREFIX, match: 'Prefix' }];

  constructor(scope: Construct, id: string, props: OAuth2ProxyProps) {
    super(scope, id);
    const { component, server, clientSecret, cookieSecret, caSecret, clusterDomain } = props;
    const issuer = new URL(props.issuer);
    const secrets = new SecretFiles('secrets', [
      { secret: clientSecret, files: { 'client-secret': 'client-secret' } },
      { secret: cookieSecret, files: { 'cookie-secret': 'cookie-secret' } },
      ...caSecret ? [{ secret: caSecret, files: { 'ca.crt': 'ca.crt' } }] : [],
    ]);
    const configuration = new Scripts(this, 'Configuration', {
      name: `mlflow-${component}`,
      component,
      generated: {
        'oauth2-proxy.yaml': oauth2ProxyConfiguration({
          ...props,
          port: PORT,
          server: `http://${server.host}:${server.port}`,
          clientSecret: secrets.path('client-secret'),
          authorities: caSecret && secrets.path('ca.crt'),
        }),
      },
    });
    const port = k8s.IntOrString.fromString('http');
    const guard = new Guard(this, 'Guard', {
      ...props,
      image: images.oauth2Proxy,
      port: PORT,
      authority: destinationOf({ host: issuer.hostname, port: Number(issuer.port || 443), clusterDomain }),
      container: {
        args: flags(props, { configuration: configuration.path('oauth2-proxy.yaml'), cookieSecret: secrets.path('cookie-secret') }),
        readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
        livenessProbe: { httpGet: { path: '/ping', port }, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
        lifecycle: { preStop: { exec: { command: ['sleep', String(STOP)] } } },
        env: [{ name: 'GOMEMLIMIT', value: MEMORY }],
        volumeMounts: [configuration.mount, secrets.mount],
      },
      volumes: [configuration.volume, secrets.volume],
      inputs: [configuration.digest, ...secrets.revisions],
    });
    this.service = guard.service;
    this.components = guard.components;
    this.connections = guard.connections;
  }
}

/** The part of its settings that has no structure. */
function flags({ component, clients, encrypted, issuer }: OAuth2ProxyProps, files: Record<'configuration' | 'cookieSecret', string>): string[] {
  const settings: Record<string, string | readonly string[]> = {
    'alpha-config': files.configuration,
    'email-domain': '*', // who may sign in is the provider's to say, and the groups'

    'proxy-prefix': SIGN_IN_PREFIX,

    // Programs. A token that is wrong is refused, with 403; without any, everything but the page itself answers 401, not by a redirect.
    'skip-jwt-bearer-tokens': 'true',
    'bearer-token-login-fallback': 'false',
    'api-route': '^/[^?]',

    // People. The prefix __Host- makes browsers refuse the cookie from any other host, and over http. The component is in the name,
    // which is signed, because a session of one guard must be none at another, with another provider or group.
    'skip-provider-button': 'true',
    'cookie-name': `${encrypted ? '__Host-' : ''}mlflow-${component}`,
    'cookie-secure': String(encrypted),
    'cookie-httponly': 'true',
    'cookie-samesite': 'lax',
    'cookie-expire': SESSION,
    'cookie-secret-file': files.cookieSecret,
    'session-cookie-minimal': 'true', // with the tokens it would be larger than proxies allow
    'cookie-csrf-per-request': 'true', // several windows may sign in at once, as after a browser's start
    'cookie-csrf-per-request-limit': '5',
    'whitelist-domain': new URL(issuer).host, // where /oauth2/sign_out may lead, to sign out there as well

    // The proxies in front say who the client is, for the log; nobody else may.
    'reverse-proxy': 'true',
    'trusted-proxy-ip': trustedAddresses(clients),
    'silence-ping-logging': 'true',
  };
  return Object.entries(settings).flatMap(([flag, values]) => [values].flat().map((value) => `--${flag}=${value}`));
}

function trustedAddresses(clients: readonly Peer[]): readonly string[] {
  return [...new Set(clients.flatMap(({ cidrs }) => cidrs ?? POD_ADDRESSES))];
}
