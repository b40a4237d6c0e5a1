import { linesAbout } from './refused';

const NOT_A_HOST = 'must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com';
const NOT_BYTES = 'must be a quantity of bytes: write e.g. 512Mi or 2Gi';
const PAST = 'NodePort bypasses the sign-in in front of the server: write ClusterIP and a gateway or ingress, or access: {mode: basic}, '
  + 'which the server itself enforces';
const EMBEDDED_DATABASE = 'database.provider: embedded is one pod without a standby, for profile: local: '
  + 'write provider: external and the host of a PostgreSQL server';
const EMBEDDED_STORE = 'artifactStore.provider: embedded is one pod with one volume, for profile: local: '
  + 'write provider: minio or s3, and its endpoint';
type Row = [what: string, text: string, ...lines: string[]];

describe('production', () => {
  test('has no embedded database and store', () => {
    expect(linesAbout('profile: production')).toEqual([EMBEDDED_DATABASE, EMBEDDED_STORE]);
  });

  const EXISTING = 'database: {provider: external, host: db}\nartifactStore: {provider: s3}';
  const EVERYBODY = 'none would let everybody in who reaches the hosts: write mode: cloudflare-access, oidc or basic';
  const IN_THE_CLEAR = 'is missing, and passwords and tokens would be sent in the clear: add {provider: secret, secret: …}, '
    + '{provider: cert-manager, issuer: …}, or {provider: before-cluster} where TLS ends before the cluster';

  test.each<Row>([
    ['lets nobody in without saying who', 'gateway: {hosts: [a.b], tls: {provider: before-cluster}}', `access: is missing: ${EVERYBODY}`],
    ['lets not everybody in', 'ingress: {hosts: [a.b], tls: {provider: before-cluster}}\naccess: {mode: none}', `access.mode: ${EVERYBODY}`],
    ['lets not everybody in by internal hosts',
      'gateway: {hosts: [a.b], tls: {provider: before-cluster}}\naccess: {mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, '
      + `audience: ${'a'.repeat(64)}}\ninternal: {hosts: [c.d], tls: {provider: before-cluster}, access: {mode: none}}`, `internal.access.mode: ${EVERYBODY}`],
    ['lets nobody in by a port of the nodes', 'service: {type: NodePort, nodePort: 30500}\nnetwork: {clients: [{cidrs: [10.0.0.0/8]}]}', `service.type: ${PAST}`],
    ['has internal hosts with TLS of their own', 'gateway: {hosts: [a.b], tls: {provider: before-cluster}}\naccess: {mode: basic}\ninternal: {hosts: [c.d]}',
      'internal.tls: is missing. TLS of the public hosts ends before the cluster, and internal requests may not take that path: write where TLS of these hosts ends'],
    ['has hosts with TLS only, at a gateway', 'gateway: {hosts: [a.b]}\naccess: {mode: basic}', `gateway.tls: ${IN_THE_CLEAR}`],
    ['has hosts with TLS only, at an Ingress', 'ingress: {hosts: [a.b]}\naccess: {mode: basic}', `ingress.tls: ${IN_THE_CLEAR}`],
    ['may be for programs in the cluster alone', 'network: {clients: [{namespace: training}]}'],
  ])('%s', (_what, text, ...lines) => {
    expect(linesAbout(`${EXISTING}\n${text}`)).toEqual(lines);
  });

  test('is what a file means that does not say', () => {
    expect(linesAbout('{}')).toEqual([EMBEDDED_DATABASE, EMBEDDED_STORE]);
  });

  test('is not assumed where the profile is wrong', () => {
    expect(linesAbout('profile: staging')).toEqual(['profile: must be local or production']);
  });
});

describe('a rule over several values', () => {
  test('is left out where one of them is wrong', () => {
    expect(linesAbout('profile: local\ntracking: {workers: 8, resources: {limits: {memory: 2GB}}}')).toEqual([
      `tracking.resources.limits.memory: "2GB" ${NOT_BYTES}`,
    ]);
  });

  test('is told where the file has its value, whatever the order of rules', () => {
    expect(linesAbout('access: {mode: none}\ndatabase: {provider: embedded}\ntracking: {replicas: 2, autoscaling: {maxReplicas: 3}}')).toEqual([
      expect.stringMatching(/^artifactStore\.provider: /), // which is not there
      expect.stringMatching(/^access\.mode: /),
      expect.stringMatching(/^database\.provider: /),
      expect.stringMatching(/^tracking\.replicas: /),
    ]);
  });

  test('is checked where others are wrong', () => {
    expect(linesAbout('profile: local\nclusterDomain: X\ntracking: {workers: 8}\nmetrics: {labels: {a: 1}}')).toEqual([
      `clusterDomain: ${NOT_A_HOST}`,
      'tracking.workers: 8 needs a memory limit of at least 4608Mi (is 2Gi): raise tracking.resources.limits.memory, or run fewer workers',
      'metrics.labels.a: must be text: put it in quotes, e.g. "mlflow"',
    ]);
  });
});
