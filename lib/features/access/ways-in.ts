import type { Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { entrances, guardOf, isEncrypted, type Entrance } from './entrances';
import type { Environment } from '../environment';
import { quantity } from '../../kit/quantity';
import { componentPeer, type Destination, type Peer } from '../../kit/network/peer';
import type { PlatformSecrets } from '../../kit/secrets/platform-secrets';
import { AccessGateway } from './access-gateway';
import { Certificate } from './certificate';
import { CONTROLLERS } from './controllers';
import { GatewayRoute } from './gateway-route';
import type { GuardedService, GuardSurroundings } from './guard';
import { OAuth2Proxy } from './oauth2-proxy';
import { servedPaths } from './served-paths';
import { SsoIngress } from './sso-ingress';
import { TokenVerifier } from './token-verifier';

/** What the ways lead to: the tracking server's Service, and its pods. */
export interface Server {
  readonly service: Service;
  readonly pods: Destination;
}

export interface WaysInProps {
  /** Its entrances, and who it says may be where. */
  readonly environment: Environment;
  /** Where the Secrets of access are. */
  readonly secrets: PlatformSecrets;
}

/**
 * The ways in from outside the cluster: a Gateway, or an Ingress for each entrance, with the certificates of their hosts, and behind it
 * the guard that the entrance's access asks for.
 */
export class WaysIn extends Construct {
  /** Who connects to the tracking server for those outside: the guards, and where one is missing whoever brings requests into the cluster. */
  readonly clients: readonly Peer[];

  private readonly environment: Environment;
  private readonly secrets: PlatformSecrets;
  private readonly entrances: readonly Entrance[];
  private readonly gateway?: AccessGateway;
  /** The pods that bring requests into the cluster. */
  private readonly proxies: readonly Peer[];

  constructor(scope: Construct, id: string, { environment, secrets }: WaysInProps) {
    super(scope, id);
    const { gateway, profile } = environment;
    this.environment = environment;
    this.secrets = secrets;
    this.entrances = entrances(environment);
    this.gateway = gateway && new AccessGateway(this, 'Gateway', {
      ...gateway,
      hosts: this.entrances.flatMap((entrance) => {
        const tlsSecret = this.certificate(entrance);
        return entrance.hosts.map((host) => ({ host, tlsSecret, tlsBefore: entrance.tls?.provider === 'before-cluster' }));
      }),
      replicas: profile === 'production' ? 2 : 1,
    });
    this.proxies = this.proxiesOf(environment);
    const guards = this.entrances.map(guardOf).filter((component) => component !== undefined);
    const isGuarded = guards.length > 0 && guards.length === this.entrances.length;
    this.clients = [...guards.map((component) => componentPeer(this, component)), ...isGuarded ? [] : this.proxies];
  }

  /** Leads the requests of every entrance to the server. */
  leadTo(server: Server): void {
    for (const entrance of this.entrances) {
      const { name, hosts, access } = entrance;
      const { service, paths } = this.guard(entrance, server) ?? { service: server.service, paths: servedPaths };
      if (this.gateway) {
        new GatewayRoute(this, `${name}-route`, { name, gateway: this.gateway, hosts, service, paths, asksBehind: access.mode !== 'none' });
      } else {
        this.ingress(entrance, { service, paths });
      }
    }
  }

  private proxiesOf({ network: { ingressController: said }, ingress }: Environment): readonly Peer[] {
    // Of another namespace than the usual one, but still this gateway's proxies alone.
    if (this.gateway) return [said?.cidrs ?? said?.podLabels ? said : { ...this.gateway.peer, ...said }];
    if (said) return [said];
    return ingress ? CONTROLLERS[ingress.controller] : [];
  }

  private ingress(entrance: Entrance, { service, paths }: GuardedService): void {
    const { name, hosts } = entrance;
    const ingress = this.environment.ingress!;
    new SsoIngress(this, `${name}-ingress`, {
      ...ingress,
      name,
      hosts,
      service,
      paths,
      tlsSecret: this.certificate(entrance),
      maxBodySize: ingress.maxBodySize === 'unlimited' ? undefined : Math.ceil(quantity(ingress.maxBodySize)!),
    });
  }

  /** Who stands in the path of an entrance's requests, if anybody. */
  private guard(entrance: Entrance, { service, pods }: Server): GuardedService | undefined {
    const { access, accessPath, name } = entrance;
    const { namespace, clusterDomain, network, profile, gateway, ingress } = this.environment;
    const component = guardOf(entrance);
    if (component === undefined) return undefined;
    const surroundings: GuardSurroundings = {
      component,
      server: { ...pods, host: `${service.name}.${namespace.name}.svc.${clusterDomain}` },
      clients: this.proxies,
      timeoutSeconds: (gateway ?? ingress)!.timeoutSeconds,
      clusterDomain,
      spread: profile === 'production' ? 'hard' : 'soft',
      disruptionBudget: profile === 'production' ? { maxUnavailable: 1 } : undefined,
      dns: network.dns,
    };
    switch (access.mode) {
      case 'cloudflare-access':
        return new TokenVerifier(this, `${name}-guard`, { ...access, ...surroundings });
      case 'oidc':
        return new OAuth2Proxy(this, `${name}-guard`, {
          ...access,
          ...surroundings,
          encrypted: isEncrypted(entrance),
          clientSecret: this.secrets.at(`${accessPath}.secret`),
          cookieSecret: this.secrets.at(`${accessPath}.cookieSecret`),
          caSecret: this.secrets.find(`${accessPath}.caSecret`),
        });
      default:
        return undefined;
    }
  }

  /** The Secret with the certificate of an entrance's hosts, where TLS ends in the cluster. */
  private certificate({ name, hosts, tls }: Entrance): string | undefined {
    if (!tls || tls.provider === 'before-cluster') return undefined;
    if (tls.provider === 'secret') return tls.secret;
    return new Certificate(this, `${name}-certificate`, { name, hosts, ...tls }).secret;
  }
}
