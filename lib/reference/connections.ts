import { environmentSchema, type Environment } from '../features/environment';
import type { KubernetesObject } from '../manifests/manifest';
import { render } from '../manifests/render';

/** Namespaces of peers outside the platform, and what the table calls these. */
const PEERS: Readonly<Record<string, string>> = {
  'clients': '`network.clients`',
  'proxies': 'the gateway\'s proxies or the ingress controller (`network.ingressController`)',
  'prometheus': 'Prometheus (`network.prometheus`)',
  'dns': 'DNS (`network.dns`)',
  'postgresql': 'an external database (`network.database`)',
  'store': 'an external artifact store (`network.objectStore`)',
  'receivers': '`network.destinations`',
  'provider': 'the OpenID Connect provider',
};

const NETWORK = {
  clients: [{ namespace: 'clients' }], ingressController: { namespace: 'proxies' }, prometheus: { namespace: 'prometheus' }, dns: [{ namespace: 'dns' }],
  destinations: [{ namespace: 'receivers', port: 443 }],
};
const EXTERNAL = {
  database: { provider: 'external', host: 'postgres.postgresql.svc.cluster.local', administratorSecret: 'administrator' },
  artifactStore: { provider: 's3', endpoint: 'http://minio.store.svc.cluster.local:9000' },
};
const HOSTS = { hosts: ['mlflow.example.com'], tls: { provider: 'before-cluster' } };
const SIGN_IN = { mode: 'oidc', issuer: 'https://login.provider.svc.cluster.local', clientId: 'mlflow' };
const CLOUDFLARE = { mode: 'cloudflare-access', teamDomain: 'example.cloudflareaccess.com', audience: '32eafc76'.repeat(8) };

/** Environments that together have every component. */
const ENVIRONMENTS: readonly object[] = [
  { profile: 'local', network: NETWORK, gateway: HOSTS, access: { mode: 'basic' } },
  { ...EXTERNAL, network: NETWORK, gateway: HOSTS, access: SIGN_IN, internal: { ...HOSTS, access: CLOUDFLARE } },
  { ...EXTERNAL, network: NETWORK, gateway: HOSTS, access: { mode: 'basic' } },
  { ...EXTERNAL, network: NETWORK, ingress: HOSTS, access: CLOUDFLARE, internal: { ...HOSTS, access: SIGN_IN } },
];

/** One end of what a rendered network policy lets through. */
export interface PolicyPeer {
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string };
}

/** The part of a rendered network policy that says what it lets through. */
export interface PolicySpec {
  readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ingress?: readonly { readonly from: readonly PolicyPeer[]; readonly ports: readonly { readonly port: number }[] }[];
  readonly egress?: readonly { readonly to: readonly PolicyPeer[]; readonly ports: readonly { readonly port: number }[] }[];
}

interface Row {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
}

/** The table of all connections: what the network policies of such environments let through. */
export function connections(): string {
  const rows = ENVIRONMENTS.flatMap((environment) => {
    const spec: Environment = { name: 'any', ...environmentSchema.parse(environment) };
    return render(spec).filter(({ object }) => object.kind === 'NetworkPolicy').flatMap(({ object }) => rowsOf(object));
  });
  const ends = [...new Set(rows.map(({ to, ports }) => `| ${to} | ${ports} |`))].sort();
  const lines = ends.map((end) => {
    const from = rows.filter(({ to, ports }) => end === `| ${to} | ${ports} |`).map((row) => row.from);
    return `${end} ${[...new Set(from)].sort().join(', ')} |`;
  });
  return [
    '## Connections\n',
    'Every component has a network policy for both directions. These connections are let through where both ends exist, and no other. '
    + 'The ports of servers outside the platform are those of the file; the table has the usual ones. [network.md](network.md) explains it.\n',
    '| to | ports | from |', '| --- | --- | --- |', ...lines, '',
  ].join('\n');
}

function rowsOf(policy: KubernetesObject): Row[] {
  const { podSelector, ingress = [], egress = [] } = policy.spec as PolicySpec;
  const component = nameOf({ podSelector });
  const inWords = (ports: readonly { readonly port: number }[]) => [...new Set(ports.map(({ port }) => port))].join(', ');
  return [
    ...ingress.flatMap(({ from, ports }) => from.map((peer) => ({ from: nameOf(peer), to: component, ports: inWords(ports) }))),
    ...egress.flatMap(({ to, ports }) => to.map((peer) => ({ from: component, to: nameOf(peer), ports: inWords(ports) }))),
  ];
}

/** What a reader calls a peer: a component by its name, another by the value of the file that names it. */
function nameOf({ namespaceSelector, podSelector, ipBlock }: PolicyPeer): string {
  if (ipBlock) return 'any address, for Cloudflare\'s keys'; // these environments have no other host outside the cluster
  const namespace = namespaceSelector?.matchLabels['kubernetes.io/metadata.name'];
  return namespace === undefined ? `\`${podSelector!.matchLabels!['app.kubernetes.io/component']!}\`` : PEERS[namespace] ?? namespace;
}
