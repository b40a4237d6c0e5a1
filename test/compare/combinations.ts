/* Environments by combination: each kind of profile, database, store, entrance, access and network with each other, and the rest in turn. */

type Values = Readonly<Record<string, unknown>>;

const profiles = ['local', 'production'];

const databases: readonly Values[] = [
  { provider: 'embedded' },
  { provider: 'external', host: 'postgres.data.svc.cluster.local', administratorSecret: 'postgres-administrator' },
  { provider: 'external', host: 'db.example.com', sslMode: 'verify-full', caSecret: 'database-authority', clientCertificateSecret: 'database-certificate' },
];

const stores: readonly Values[] = [
  { provider: 'embedded' },
  { provider: 'minio', endpoint: 'http://minio.data.svc.cluster.local:9000', administratorSecret: 'minio-administrator', prefix: 'company/mlflow' },
  { provider: 's3', region: 'eu-central-1' },
];

/** In turn: where certificates come from. */
const certificates: readonly Values[] = [
  { tls: { provider: 'secret', secret: 'certificate' } }, { tls: { provider: 'cert-manager', issuer: 'letsencrypt' } }, { tls: { provider: 'before-cluster' } }, {},
];

const entrances: readonly ((entrance: Values) => Values)[] = [
  () => ({}),
  (entrance) => ({ gateway: entrance }),
  (entrance) => ({ ingress: { ...entrance, maxBodySize: '5Gi' } }),
  (entrance) => ({ ingress: { ...entrance, controller: 'traefik' } }),
];

const cloudflare = { mode: 'cloudflare-access', teamDomain: 'example.cloudflareaccess.com', audience: 'a1'.repeat(32) };
const oidc = { mode: 'oidc', issuer: 'https://login.example.com/realms/main', clientId: 'mlflow', groups: ['ml-team'] };
const accesses: readonly Values[] = [{}, { access: { mode: 'none' } }, { access: cloudflare }, { access: oidc }, { access: { mode: 'basic' } }];

/** In turn: who is let in by the company's own names. */
const internalAccesses: readonly Values[] = [{}, { access: { ...oidc, clientId: 'mlflow-internal' } }, { access: cloudflare }];

const networks: readonly Values[] = [
  {},
  { clients: [{ namespace: 'training' }, { namespace: 'jupyter', podLabels: { app: 'hub' } }], ingressController: { namespace: 'edge' } },
  { clients: [{ cidrs: ['10.20.0.0/16'] }], dns: [{ cidrs: ['169.254.20.10/32'] }], prometheus: { namespace: 'observability' } },
  { destinations: [{ host: 'hooks.slack.com', port: 443 }, { namespace: 'models', port: 8080, scheme: 'http', purpose: 'models' }], ingressController: { cidrs: ['10.0.0.0/24'] } },
];

/** In turn: what has nothing to do with the others. */
const rest: readonly Values[] = [
  {},
  { tracking: { replicas: 3, threads: 2 }, metrics: { serviceMonitor: true, labels: { release: 'prometheus' } } },
  { tracking: { autoscaling: { minReplicas: 3, maxReplicas: 5 }, disruptionBudget: { maxUnavailable: 2 }, priorityClassName: 'important' } },
  { tracking: { workers: 2, resources: { limits: { cpu: '2', memory: '4Gi' } }, caSecret: 'company-authorities', keysSecret: 'our-keys' }, secretsRevision: 3 },
  { service: { type: 'NodePort', nodePort: 30500 } },
  { clusterDomain: 'cluster.example' },
  { metrics: { serviceMonitor: true } },
  { tracking: { temporaryStorage: '20Gi', maxRequestSize: '8Mi' } },
];

/** Name to content. They are in clusters of their own, so that none is in another's way; some are refused. */
export function combinations(): Map<string, object> {
  const all = new Map<string, object>();
  const inTurn = <Value>(values: readonly Value[]) => values[all.size % values.length]!;
  for (const profile of profiles) for (const database of databases) for (const artifactStore of stores) for (const network of networks)
    for (const open of entrances) for (const access of accesses) for (const hasInternal of [false, true]) {
      const name = `e${all.size}`;
      const entrance = { hosts: [`${name}.example.com`], ...inTurn(certificates) };
      const internal = hasInternal ? { internal: { hosts: [`${name}.internal.example.com`], ...inTurn(internalAccesses) } } : {};
      all.set(name, {
        profile, cluster: name, namespace: { name }, database, artifactStore, network, ...open(entrance), ...access, ...internal, ...inTurn(rest),
      });
    }
  return all;
}
