import { dump } from 'js-yaml';
import { POD_IP } from './guard';
import { credentialHeaders, identityHeaders } from './identity-headers';
import { servedPaths } from './served-paths';

/** The provider, what is asked of it, and which of those that it knows are let in. */
export interface ProviderProps {
  /** The provider, as the field issuer of <issuer>/.well-known/openid-configuration says. */
  readonly issuer: string;
  /** This platform's client at the provider. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /**
   * Who is in none of them is refused, programs included.
   * @default - everybody who the provider lets in
   */
  readonly groups?: readonly string[];
  /** Claim of the tokens that holds the groups. */
  readonly groupsClaim: string;
  /** Audiences of programs' tokens, in addition to clientId. */
  readonly audiences: readonly string[];
}

export interface OAuth2ProxyConfigurationProps extends ProviderProps {
  /** Port to listen on. */
  readonly port: number;
  /** URL of the tracking server. */
  readonly server: string;
  readonly timeoutSeconds: number;
  /** File with the client's secret. */
  readonly clientSecret: string;
  /**
   * File of authorities that the provider's certificate may be of, in addition to the public ones.
   * @default - the public ones alone
   */
  readonly authorities?: string;
}

/**
 * The part of oauth2-proxy's settings that has a structure: where requests go, what is taken out of them, and who the provider is. This
 * form of it is called alpha, so it belongs to one release; the flags alone cannot take Authorization and Cookie out of requests.
 *
 * @see https://oauth2-proxy.github.io/oauth2-proxy/configuration/alpha-config
 */
export function oauth2ProxyConfiguration(props: OAuth2ProxyConfigurationProps): string {
  const configuration = {
    upstreamConfig: { upstreams: upstreams(props) },
    injectRequestHeaders: [...identityHeaders, ...credentialHeaders].map((name) => ({ name, preserveRequestValue: false })), // nothing in their place
    providers: [{
      id: 'provider',
      provider: 'oidc',
      clientID: props.clientId,
      clientSecretFile: props.clientSecret,
      scope: props.scopes.join(' '),
      code_challenge_method: 'S256',
      allowedGroups: props.groups,
      ...props.authorities === undefined ? {} : { caFiles: [props.authorities], useSystemTrustStore: true },
      oidcConfig: {
        issuerURL: props.issuer,
        insecureSkipNonce: false,
        emailClaim: 'email',
        groupsClaim: props.groupsClaim,
        audienceClaims: ['aud'],
        extraAudiences: props.audiences,
      },
    }],
  };
  // It takes a dollar sign, wherever it is, for the beginning of a variable's name; in quotes it can be written otherwise.
  const text = dump(configuration, { lineWidth: -1, noRefs: true, skipInvalid: true, forceQuotes: true, quoteStyle: 'double' }).replaceAll('$', '\\x24');
  return `server:\n  bindAddress: "[\${${POD_IP}}]:${props.port}"\n${text}`;
}

/** "." and ".." in a path, decoded: it may mean another than it seems. Those between slashes it answers by a redirect before. */
const ELSEWHERE = String.raw`[/\\]\.\.?([/\\]|$)`;

/** A route for each served path, and none for any other, whatever comes through the gateway or the Ingress. */
function upstreams({ server, timeoutSeconds }: OAuth2ProxyConfigurationProps): object[] {
  const common = {
    uri: server,
    passHostHeader: true, // MLflow checks it
    proxyWebSockets: false,
    timeout: `${timeoutSeconds}s`,
    // It keeps idle connections for 90 s and the server for 75 s, so one that is being closed would be used again.
    disableKeepAlives: true,
  };
  // Of those that are patterns the longest comes first. A pattern needs a target, though this one leads nowhere.
  const elsewhere = { id: 'elsewhere', path: ELSEWHERE, rewriteTarget: '/', static: true, staticCode: 400 };
  return [elsewhere, ...servedPaths.flatMap(({ path, match }) => {
    if (match === 'Exact') return [{ id: path, path: `^${path}$`, rewriteTarget: path, ...common }]; // "/" without more is a prefix
    return [path, `${path}/`].map((each) => ({ id: each, path: each, ...common }));
  })];
}
