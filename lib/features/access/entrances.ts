import type { Service } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { quantity } from '../../kit/quantity';
import { joined, type Connection, type Part } from '../../kit/network/connection';
import type { Destination, Peer } from '../../kit/network/peer';
import type { PlatformSecrets } from '../../kit/secrets/platform-secrets';
import type { Environment } from '../environment';
import { profiles } from '../profiles';
import { AccessGateway } from './access-gateway';
import { Certificate } from './certificate';
import { CONTROLLERS } from './controllers';
import { entrancesOf, type Entrance } from './entrance';
import { GatewayRoute } from './gateway-route';
import type { GuardedService, GuardSurroundings } from './guard';
import { guard, guardOf } from './modes';
import { servedPaths, type ServedPath } from './served-paths';
import { SsoIngress } from './sso-ingress';

/** What the entrances lead to: the tracking server's Service, and its pods. */
export interface Server {
  readonly service: Service;
  readonly destination: Destination;
}

export interface EntrancesProps {
  /** Its entrances, and who it says may be where. */
  readonly environment: Environment;
  /** Where the Secrets of access are. */
  readonly secrets: PlatformSecrets;
  readonly server: Server;
}

/**
 * The entrances from outside the cluster: a Gateway, or an Ingress for each entrance, with the certificates of their hosts, and behind it
 * the guard that the entrance's access asks for.
 */
export class Entrances extends Construct implements Part {
  readonly components: readonly string[];
  readonly connections: readonly Connection[];

  /** The pods that bring requests into the cluster. */
  private readonly proxies: readonly Peer[];

  constructor(scope: Construct, id: string, private readonly props: EntrancesProps) {
    super(scope, id);
    const { environment, server } = props;
    const all = entrancesOf(environment);
    const gateway = this.gateway(all);
    this.proxies = proxiesOf(environment, gateway);
    const guards = all.map((entrance) => this.guard(entrance));
    for (const [index, entrance] of all.entries()) this.lead(entrance, gateway, guards[index] ?? { service: server.service, paths: servedPaths });

    const parts = guards.filter((each) => each !== undefined);
    const { components, connections } = joined(parts);
    const areAllGuarded = parts.length > 0 && parts.length === all.length;
    this.components = components;
    this.connections = [
      ...connections,
      ...areAllGuarded ? [] : this.proxies.map((from) => ({ from, to: server.destination })),
    ];
  }

  private gateway(all: readonly Entrance[]): AccessGateway | undefined {
    const { gateway, profile } = this.props.environment;
    return gateway && new AccessGateway(this, 'Gateway', {
      ...gateway,
      hosts: all.flatMap((entrance) => {
        const tlsSecret = this.certificate(entrance);
        return entrance.hosts.map((host) => ({ host, tlsSecret, tlsBefore: entrance.tls?.provider === 'before-cluster' }));
      }),
      replicas: profiles[profile].gatewayReplicas,
    });
  }

  /** Leads the requests of an entrance to the server, or to the guard in front of it. */
  private lead(entrance: Entrance, gateway: AccessGateway | undefined, { service, paths }: { service: Service; paths: readonly ServedPath[] }): void {
    const { name, hosts, access } = entrance;
    if (gateway) {
      new GatewayRoute(this, `${name}-route`, { name, gateway, hosts, service, paths, asksBehind: access.mode !== 'none' });
      return;
    }
    const ingress = this.props.environment.ingress!;
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

  private guard(entrance: Entrance): GuardedService | undefined {
    const { server: { service, destination }, secrets, environment } = this.props;
    const { namespace, clusterDomain, profile, gateway, ingress } = environment;
    const component = guardOf(entrance);
    if (component === undefined) return undefined;
    const { spread, disruptionBudget } = profiles[profile];
    const surroundings: GuardSurroundings = {
      component,
      server: { ...destination, host: `${service.name}.${namespace.name}.svc.${clusterDomain}` },
      clients: this.proxies,
      timeoutSeconds: (gateway ?? ingress)!.timeoutSeconds,
      clusterDomain,
      spread,
      disruptionBudget,
    };
    return guard(this, `${entrance.name}-guard`, { entrance, surroundings, secrets });
  }

  /** The Secret with the certificate of an entrance's hosts, where TLS ends in the cluster. */
  private certificate({ name, hosts, tls }: Entrance): string | undefined {
    if (!tls || tls.provider === 'before-cluster') return undefined;
    if (tls.provider === 'secret') return tls.secret;
    return new Certificate(this, `${name}-certificate`, { name, hosts, ...tls }).secret;
  }
}

function proxiesOf({ network: { ingressController: said }, ingress }: Environment, gateway: AccessGateway | undefined): readonly Peer[] {
  // A namespace in the file only says where the proxies run: their labels still select this gateway's own.
  if (gateway) return [said?.cidrs ?? said?.podLabels ? said : { ...gateway.peer, ...said }];
  if (said) return [said];
  return ingress ? CONTROLLERS[ingress.controller] : [];
}
