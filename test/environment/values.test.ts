import { accepted, CLOUDFLARE, database, ingress, limits, linesAbout, PRODUCTION, refused, server, signIn, store, warningsAbout } from './refused';

/* Values that cannot be meant, each kind by many examples, and those that are right and look alike. */

describe('an absurd quantity is refused:', () => {
  test.each(['500', '250', '1000', '65', '100000m', '1e3'])('cpu: %s', (cpu) => {
    refused(limits(`cpu: ${cpu}`), 'tracking.resources.limits.cpu', 'did you forget the unit m?');
  });
  test.each(['50m', '99m', '0.05'])('cpu: %s, with which it would not start in time', (cpu) => {
    refused(limits(`cpu: ${cpu}`), 'tracking.resources.limits.cpu', 'write 100m or more');
  });
  test.each([
    ['resources: {requests: {cpu: 0.0001}}', 'tracking.resources.requests.cpu', 'whole thousandths'],
    ['resources: {requests: {memory: 4Mi}}', 'tracking.resources.requests.memory', 'must be 128Mi or more'],
    ['resources: {limits: {memory: 8192Gi}}', 'tracking.resources.limits.memory', 'must be 4Ti or less'],
    ['resources: {limits: {memory: 2.0001Gi}}', 'tracking.resources.limits.memory', 'must be whole bytes'],
    ['temporaryStorage: 1Mi', 'tracking.temporaryStorage', 'must be 64Mi or more'],
    ['temporaryStorage: 100Ti', 'tracking.temporaryStorage', 'must be 16Ti or less'],
  ])('%s', (fields, path, part) => {
    refused(server(fields), path, part);
  });
  test.each([
    ['database: {provider: embedded, storage: 5Mi}', 'database.storage', 'must be 1Gi or more'],
    ['database: {provider: embedded, storage: 100Pi}', 'database.storage', 'must be 64Ti or less'],
    ['artifactStore: {provider: embedded, storage: 10M}', 'artifactStore.storage', 'must be 1Gi or more'],
    ['artifactStore: {provider: embedded, expireOldVersionsAfterDays: 2592000}', 'artifactStore.expireOldVersionsAfterDays', 'it is a number of days'],
    ['artifactStore: {provider: embedded, abortUploadsAfterDays: 3000000000}', 'artifactStore.abortUploadsAfterDays', 'it is a number of days'],
    ['gateway: {hosts: [a.example.com], timeoutSeconds: 600000}', 'gateway.timeoutSeconds', 'it is a number of seconds'],
    ['ingress: {hosts: [a.example.com], maxBodySize: 10Pi}', 'ingress.maxBodySize', 'must be 5Ti or less'],
  ])('%s', (text, path, part) => {
    refused(`profile: local\n${text}`, path, part);
  });
  test.each(['cpu: 64', 'cpu: 100m', 'cpu: 1.5', 'cpu: "0.5"', 'memory: 1.5Gi', 'memory: 2.0Gi', 'memory: 2G', 'memory: 2000000k'])('and %s is not', (fields) => {
    accepted(limits(fields));
  });
});

describe('a number that PostgreSQL refuses is refused:', () => {
  test('as a limit of connections', () => {
    refused(database('host: db.example.com, connectionLimit: 300000'), 'database.connectionLimit', 'must be 262000 or less');
    refused('profile: local\ndatabase: {provider: embedded, connectionLimit: 2000}', 'database.connectionLimit', 'the embedded database has memory for');
    accepted('profile: local\ndatabase: {provider: embedded, connectionLimit: 1500}');
  });

  test('as what many replicas, workers and threads come to', () => {
    const many = 'replicas: 50, workers: 64, threads: 40, resources: {limits: {memory: 64Gi, cpu: 64}}';
    refused(`${server(many)}\ndatabase: {provider: external, host: db.example.com}`, 'tracking.workers', 'PostgreSQL takes 262000');
    refused(server('replicas: 50, workers: 2, threads: 40, resources: {limits: {memory: 64Gi, cpu: 64}}'), 'database.connectionLimit', 'the embedded database has memory for');
  });
});

describe('a setting that is not read is warned of:', () => {
  test.each([
    [ingress('controller: traefik, maxBodySize: 1Gi'), 'ingress.maxBodySize'],
    [ingress('controller: traefik, timeoutSeconds: 60'), 'ingress.timeoutSeconds'],
    [ingress('maxBodySize: 5Gi'), 'ingress.maxBodySize'], // which is more than a pod has room for
    ...['alb', 'aws-alb', 'gce', 'openshift-default', 'istio', 'haproxy', 'kong', 'cilium', 'azure-application-gateway', 'traefik', 'traefik-internal']
      .map((name): [string, string] => [ingress(`className: ${name}`), 'ingress.className']),
    [ingress('controller: traefik, className: nginx'), 'ingress.className'],
    [signIn('issuer: "https://b.example.com\", keysUrl: "https://a.example.com/keys"'), 'access.keysUrl'], // which earlier releases of this program read
    [signIn('issuer: "https://b.example.com\", groupsClaim: roles'), 'access.groupsClaim'],
    ['profile: local\nmetrics: {labels: {release: prometheus}}', 'metrics.labels'],
    [database('host: db.example.com, connectionLimit: 200'), 'database.connectionLimit'],
    ['profile: local\nartifactStore: {provider: s3, setUp: false, expireOldVersionsAfterDays: 5}', 'artifactStore.setUp'],
  ])('%s', (text, path) => {
    expect(warningsAbout(text)).toEqual([expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')}: `))]);
  });

  test.each([
    ingress('controller: traefik'), ingress('className: public'), ingress('className: nginx-internal'), ingress('maxBodySize: 1Gi'), ingress('controller: traefik, className: traefik-2'),
    `${ingress('controller: traefik, timeoutSeconds: 60')}\naccess: ${CLOUDFLARE('1a'.repeat(32))}`, // its guard reads it
    signIn('issuer: "https://b.example.com\", groups: [a], groupsClaim: roles'), 'profile: local\nmetrics: {serviceMonitor: true, labels: {release: prometheus}}',
  ])('and nothing of %s', (text) => {
    expect(warningsAbout(text)).toEqual([]);
  });

  test('labels that the platform sets itself are refused', () => {
    for (const key of ['name', 'instance', 'part-of', 'managed-by']) {
      refused(`profile: local\nmetrics: {serviceMonitor: true, labels: {app.kubernetes.io/${key}: mine}}`, 'metrics.labels', 'which tell whose the object is');
    }
  });
});

describe('a placeholder of equal digits as audience', () => {
  const production = (audience: string) => `${PRODUCTION}ingress: {hosts: [a.example.com], tls: {provider: before-cluster}}\naccess: ${CLOUDFLARE(audience)}`;

  test.each(Array.from({ length: 16 }, (_, digit) => digit.toString(16)))('is warned of in production, at both entrances: %s', (digit) => {
    expect(warningsAbout(production(digit.repeat(64)))).toEqual([expect.stringMatching(/^access\.audience: .* is no application's/)]);
    const internal = `internal: {hosts: [b.example.com], tls: {provider: before-cluster}, access: ${CLOUDFLARE(digit.repeat(64))}}`;
    expect(warningsAbout(`${production('0a'.repeat(32))}\n${internal}`)).toEqual([expect.stringMatching(/^internal\.access\.audience: .* is no application's/)]);
  });

  test('is none where digits differ, nor locally', () => {
    expect(warningsAbout(production('0a'.repeat(32)))).toEqual([]);
    expect(warningsAbout(`profile: local\ningress: {hosts: [a.example.com]}\naccess: ${CLOUDFLARE('0'.repeat(64))}`)).toEqual([]);
  });
});

describe('a Secret for two purposes is refused:', () => {
  const client = (issuer: string) => `{mode: oidc, issuer: "https://${issuer}", clientId: mlflow}`;
  test.each([
    [`${database('host: db.example.com, secret: one')}\ntracking: {keysSecret: one}`, 'tracking.keysSecret'],
    [database('host: db.example.com, secret: one, administratorSecret: one'), 'database.administratorSecret'],
    [store('endpoint: "http://minio.example.com", secret: one, administratorSecret: one'), 'artifactStore.administratorSecret'],
    [`${database('host: db.example.com, secret: one')}\nartifactStore: {provider: s3, secret: one}`, 'artifactStore.secret'],
    [`${ingress('tls: {provider: secret, secret: one}')}\ntracking: {keysSecret: one}`, 'ingress.tls.secret'],
    [`${ingress('tls: {provider: cert-manager, issuer: letsencrypt}')}\ntracking: {keysSecret: mlflow-tls}`, 'ingress.tls'],
    ['profile: local\naccess: {mode: basic, administratorSecret: one}\ntracking: {keysSecret: one}', 'access.administratorSecret'],
    [`${PRODUCTION}access: {mode: basic, administratorSecret: mlflow-database}`, 'access.administratorSecret'],
    [`${PRODUCTION}tracking: {keysSecret: mlflow-object-store}`, 'tracking.keysSecret'],
    [signIn('issuer: "https://b.example.com\", secret: one, cookieSecret: one'), 'access.cookieSecret'],
    [`${ingress('')}\naccess: ${client('c.example.com')}\ninternal: {hosts: [b.example.com], access: ${client('d.example.com')}}`, 'internal.access.secret'],
    ['profile: local\ntracking: {keysSecret: mlflow-database-generated}', 'tracking.keysSecret'],
  ])('%s', (text, path) => {
    refused(text, path, 'whoever holds the one must not hold the other');
  });

  test('and one for the same purpose at two places is not', () => {
    accepted(`${ingress('tls: {provider: secret, secret: one}')}\ninternal: {hosts: [b.example.com], tls: {provider: secret, secret: one}}`);
    accepted(`${ingress('')}\naccess: ${client('c.example.com')}\ninternal: {hosts: [b.example.com], access: ${client('c.example.com').replace('}', ', groups: [staff]}')}}`);
  });

  test('is left out where the name itself is wrong', () => {
    expect(linesAbout(`${PRODUCTION}tracking: {keysSecret: "mlflow database"}\naccess: {mode: basic, administratorSecret: mlflow-database}`)).toEqual([
      expect.stringMatching(/^tracking\.keysSecret: must be the name of a Secret/), expect.stringMatching(/^access\.administratorSecret: is the same Secret as/),
    ]);
  });
});

describe('a right name is taken:', () => {
  const long = (length: number) => 'n'.repeat(length);
  test.each([
    ['an issuer of cert-manager with a dot', ingress('tls: {provider: cert-manager, issuer: letsencrypt.prod}')],
    ['a long IngressClass', ingress(`className: ${long(100)}`)],
    ['a GatewayClass with dots', 'profile: local\ngateway: {hosts: [a.example.com], className: eg.internal.example.com}'],
    ['a long Secret', server(`keysSecret: ${long(253)}`)],
    ['a long PriorityClass', server(`priorityClassName: ${long(200)}`)],
    ['all private addresses of IPv6', 'profile: local\nnetwork: {clients: [{cidrs: ["fc00::/7"]}]}'],
    ['half of them', 'profile: local\nnetwork: {clients: [{cidrs: ["fd00::/8"]}]}'],
    ['a database with a digit first', database('host: db.example.com, name: 2024_mlflow')],
    ['a database with a dot', database('host: db.example.com, name: ml.flow')],
    ['a host called constructor', 'profile: local\ningress: {hosts: [constructor]}'],
  ])('%s', (_what, text) => {
    accepted(text);
  });

  test.each([
    ['a Secret', server(`keysSecret: ${long(254)}`)],
    ['a network that is more than private', 'profile: local\nnetwork: {clients: [{cidrs: ["fc00::/6"]}]}'],
    ['a database of the cloud\'s own', database('host: db.example.com, name: rdsadmin')],
  ])('and a wrong one is not: %s', (_what, text) => {
    expect(linesAbout(text)).toHaveLength(1);
  });
});
