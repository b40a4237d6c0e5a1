import { Authorities } from '../authorities';
import { Client } from '../client';
import { accessSecrets, guarded, GUARDS, INTERNAL, leadGuards, PUBLIC } from '../guards';
import { apply, applyCustomResourceDefinitions, deleteNamespaces, get, kubectl, type KubernetesObject, leaveNamespaces, rolledOut } from '../kubectl';
import { Workspace } from '../platform';
import type { Signer } from '../tokens';
import { Https } from './https';

/** The namespaces of the platform, of those who say who somebody is, and of a client. */
export const NAMESPACE = 'e2e-gateway';
const AUTHORITIES = 'e2e-gateway-authorities';
export const STRANGERS = 'e2e-gateway-strangers';

const environment = {
  ...guarded, namespace: { name: NAMESPACE, create: false }, gateway: { hosts: [PUBLIC], tls: { provider: 'secret', secret: 'mlflow-tls' } },
};

/** A platform at a gateway whose hosts are guarded: the public one by Cloudflare Access, the company's own by an OpenID Connect provider. */
export class GuardedGateway {
  private constructor(
    private readonly workspace: Workspace,
    /** The folder of its manifests. */
    readonly manifests: string,
    readonly authorities: Authorities,
    /** Of the gateway. */
    readonly address: string,
    /** Finds the company's host at the gateway, and the public one at this machine. */
    readonly stranger: Client,
  ) {}

  static async start(cloudflare: Signer): Promise<GuardedGateway> {
    await deleteNamespaces(NAMESPACE, AUTHORITIES, STRANGERS);
    await applyCustomResourceDefinitions();
    for (const namespace of [NAMESPACE, AUTHORITIES]) await kubectl(['create', 'namespace', namespace]);
    const authorities = await Authorities.start(cloudflare, AUTHORITIES);
    await accessSecrets(NAMESPACE, authorities);
    const apiVersion = 'gateway.networking.k8s.io/v1';
    const items = [
      { apiVersion, kind: 'GatewayClass', metadata: { name: 'envoy' }, spec: { controllerName: 'gateway.envoyproxy.io/gatewayclass-controller' } },
      {
        apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'mlflow-tls', namespace: NAMESPACE },
        stringData: { 'tls.crt': authorities.certificate, 'tls.key': authorities.key },
      },
    ];
    await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const workspace = new Workspace('gateway').write(environment);
    const manifests = workspace.render();
    leadGuards(manifests, authorities);
    await apply(manifests);
    await kubectl(['-n', NAMESPACE, 'wait', 'gateway/mlflow', '--for=condition=Programmed', '--timeout=240s']);
    const { status } = await get<KubernetesObject & { status: { addresses: { value: string }[] } }>('-n', NAMESPACE, 'gateway', 'mlflow');
    const address = status.addresses[0]!.value;
    for (const deployment of ['mlflow', ...GUARDS.map((guard) => `mlflow-${guard}`)]) await rolledOut(NAMESPACE, `deployment/${deployment}`, 240);
    const stranger = await Client.start(STRANGERS, { hosts: { [INTERNAL]: address, [PUBLIC]: authorities.machine } });
    return new GuardedGateway(workspace, manifests, authorities, address, stranger);
  }

  /** One of the hosts, at the gateway. */
  host(name: string): Https {
    return new Https(this.address, name, this.authorities.certificate);
  }

  /** Changes who is let in, by all hosts, and waits for the server. */
  async letIn(access: object): Promise<void> {
    await apply(this.workspace.write({ ...environment, access, internal: { hosts: [INTERNAL] } }).render());
    await rolledOut(NAMESPACE, 'deployment/mlflow', 300);
  }

  async stop(): Promise<void> {
    this.authorities.stop();
    await leaveNamespaces(NAMESPACE, AUTHORITIES, STRANGERS);
  }
}
