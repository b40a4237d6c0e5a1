import { linesAbout, warningsAbout } from './refused';

/* The kinds of mistakes that tired people make, each by many examples: what is refused or warned of, and what is right and looks alike. */

const database = (fields: string) => `profile: local\ndatabase: {provider: external, ${fields}}`;
const store = (fields: string) => `profile: local\nartifactStore: {provider: minio, ${fields}}`;
const s3 = (fields: string) => `profile: local\nartifactStore: {provider: s3, ${fields}}`;
const signIn = (fields: string) => `profile: local\ningress: {hosts: [a.example.com]}\naccess: {mode: oidc, clientId: mlflow, ${fields}}`;
const ingress = (fields: string) => `profile: local\ningress: {hosts: [a.example.com], ${fields}}`;
const server = (fields: string) => `profile: local\ntracking: {${fields}}`;
const limits = (fields: string) => server(`resources: {requests: {cpu: 1m, memory: 128Mi}, limits: {${fields}}}`);
const CLOUDFLARE = (audience: string) => `{mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: "${audience}"}`;
const PRODUCTION = 'database: {provider: external, host: db.example.com}\nartifactStore: {provider: s3}\n';

/** That a file is refused, at a value, with one line. */
function refused(text: string, path: string, part: string): void {
  expect(linesAbout(text)).toEqual([expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')}: `))]);
  expect(linesAbout(text)[0]).toContain(part);
}

function accepted(text: string): void {
  expect(linesAbout(text)).toEqual([]);
}

describe('a place that no pod reaches is refused:', () => {
  const hosts = [
    'localhost', 'localhost4', 'localhost6', 'localhost.localdomain', 'localhost6.localdomain6', 'ip6-localhost', 'ip6-loopback', 'db.localhost', 'db.invalid',
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '169.254.169.254', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.7', '198.51.100.3', '203.0.113.9',
  ];
  test.each(hosts)('%s', (host) => {
    refused(database(`host: ${host}`), 'database.host', 'must not be the pod itself');
    refused(store(`endpoint: "http://${host}:9000"`), 'artifactStore.endpoint', 'must not be the pod itself');
    refused(signIn(`issuer: "https://${host}:8443/realms/main"`), 'access.issuer', 'must not be the pod itself');
    refused(signIn(`issuer: "https://login.example.com", keysUrl: "https://${host}/keys"`), 'access.keysUrl', 'must not be the pod itself');
  });

  test.each(['127.0.0.0/8', '127.0.0.1/32', '::1/128', '224.0.0.0/8', '0.0.0.0/8', 'ff02::/16'])('the network %s', (network) => {
    refused(`profile: local\nnetwork: {clients: [{cidrs: ["${network}"]}]}`, 'network.clients.0.cidrs.0', 'must be a network of pods or servers');
  });

  test.each([
    '10.0.0.5', '172.16.3.4', '192.168.1.1', '100.64.1.2', 'localhosting.example.com', 'my-localhost', 'db.localhost.example.com', 'host.docker.internal', 'invalid.example.com',
    'postgres.data.svc', 'pg-0.pg.data.svc.cluster.local',
  ])('and %s is not', (host) => {
    accepted(database(`host: ${host}`));
  });
});

describe('an issuer of another kind is refused:', () => {
  test.each([
    ['https://login.example.com/.well-known/openid-configuration', 'leave out /.well-known/'],
    ['https://login.example.com/realms/main/.well-known/openid-configuration/', 'leave out /.well-known/'],
    ['https://login.example.com/realms/main/protocol/openid-connect/auth', 'not another address of the provider'],
    ['https://login.example.com/realms/main/protocol/openid-connect', 'not another address of the provider'],
    ['https://login.example.com/realms/main/protocol/openid-connect/certs', 'not another address of the provider'],
    ['https://login.example.com/oauth2/v1/authorize', 'not another address of the provider'],
    ['https://login.example.com/oauth2/token', 'not another address of the provider'],
    ['https://login.example.com/oauth2/userinfo', 'not another address of the provider'],
    ['https://login.example.com/discovery/v2.0/keys', 'not another address of the provider'],
    ['https://login.example.com/jwks.json', 'not another address of the provider'],
    ['https://login.microsoftonline.com/common/v2.0', 'your own tenant'],
    ['https://login.microsoftonline.com/organizations/v2.0', 'your own tenant'],
    ['https://login.microsoftonline.com/{tenant}/v2.0', 'your own tenant'],
    ['https://login.microsoftonline.com/<tenant>/v2.0', 'your own tenant'],
    ['http://login.example.com', 'must be an https URL'],
    ['login.example.com', 'must be an https URL'],
    ['https://login.example.com/#main', 'must be an https URL'],
  ])('%s', (issuer, part) => {
    refused(signIn(`issuer: "${issuer}"`), 'access.issuer', part);
  });

  test.each([
    'https://login.example.com/', 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0', 'https://accounts.google.com', 'https://gitlab.com',
    'https://tenant.eu.auth0.com/', 'https://dev-1.okta.com/oauth2/default', 'https://keycloak.example.com/auth/realms/main', 'https://sso.example.com:8443/dex',
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc', 'https://authentik.example.com/application/o/mlflow/', 'https://sts.windows.net/11111111/',
  ])('and %s is not', (issuer) => {
    accepted(signIn(`issuer: "${issuer}"`));
  });

  test('and so is an address of keys', () => {
    const keys = (url: string) => signIn(`issuer: "https://a.example.com", keysUrl: "${url}"`);
    refused(keys('https://a.example.com'), 'access.keysUrl', 'is the issuer');
    refused(keys('https://a.example.com/.well-known/openid-configuration'), 'access.keysUrl', 'what jwks_uri says there');
    accepted(keys('https://a.example.com/.well-known/jwks.json'));
    accepted(keys('https://t.b2clogin.com/t.onmicrosoft.com/discovery/v2.0/keys?p=b2c_1_sign_in'));
  });
});

describe('an endpoint of another kind is refused:', () => {
  test.each([
    ['https://mlflow.s3.amazonaws.com', 'must not name a bucket'], ['https://mlflow.s3.eu-west-1.amazonaws.com', 'must not name a bucket'],
    ['https://ml.flow.s3-eu-west-1.amazonaws.com', 'must not name a bucket'], ['http://minio:9000/bucket', 'must be an http or https URL'],
    ['s3://bucket', 'must be an http or https URL'], ['minio:9000', 'must be an http or https URL'], ['http://minio:0', 'must be an http or https URL'],
    ['http://Minio:9000', 'must be an http or https URL'], ['http://minio:9000?x', 'must be an http or https URL'], ['http://[::1]:9000', 'must be an http or https URL'],
  ])('%s', (endpoint, part) => {
    refused(store(`endpoint: "${endpoint}"`), 'artifactStore.endpoint', part);
  });

  test('and so is a region that is not its', () => {
    refused(s3('endpoint: "https://s3.eu-west-1.amazonaws.com"'), 'artifactStore.region', 'write eu-west-1');
    refused(s3('region: auto'), 'artifactStore.region', 'is none of Amazon\'s regions');
    refused(s3('region: "EU (Ireland)"'), 'artifactStore.region', 'must be a region');
    for (const right of ['region: us-gov-west-1', 'region: eu-central-1', 'endpoint: "https://s3.eu-west-1.amazonaws.com", region: eu-west-1', 'endpoint: "https://garage.example.com", region: garage_1']) {
      accepted(s3(right));
    }
  });

  test('and one with a final slash is that without', () => {
    accepted(store('endpoint: "http://minio.example.com:9000/"'));
  });

  test('and that of a console is warned of', () => {
    expect(warningsAbout(store('endpoint: "http://minio.example.com:9001"'))).toEqual([expect.stringMatching(/^artifactStore\.endpoint: has the port 9001/)]);
  });

  test.each(['svc.cluster.local', 'https://cluster.local', 'cluster.local.'])('the domain %s of a cluster', (domain) => {
    expect(linesAbout(`profile: local\nclusterDomain: "${domain}"`)).toHaveLength(1);
  });
});

describe('a name that does not tell whose it is, so that the policy would let everybody through, is refused:', () => {
  test.each(['postgres.data', 'my.db', 'db.dev', 'postgres.data.svc.other.local', 'pg-0.pg.data.svc.other', 'postgres.data.svc.clusterset.local'])('%s', (host) => {
    const [first, second] = host.split('.');
    refused(database(`host: ${host}`), 'database.host', host.includes('.svc.') ? 'write ' : `the Service ${first!} of the namespace ${second!}`);
    refused(store(`endpoint: "https://${host}"`), 'artifactStore.endpoint', 'say so by network.objectStore');
    refused(`${database(`host: ${host}`)}\nnetwork: {database: {port: 6432}}`, 'database.host', 'say so by network.database');
    accepted(`${database(`host: ${host}`)}\nnetwork: {database: {namespace: data}}`);
    accepted(`${database(`host: ${host}`)}\nnetwork: {database: {cidrs: [10.20.0.0/16]}}`);
  });

  test('an issuer of that kind is warned of, because nothing else says where it is', () => {
    expect(warningsAbout(signIn('issuer: "https://login.auth.svc.other.local/realms/main"'))).toEqual([expect.stringMatching(/^access\.issuer: .* whose domain is other\.local/)]);
    expect(warningsAbout(signIn('issuer: "https://login.auth.svc.cluster.local"'))).toEqual([]);
  });

  test('a destination of that kind is refused, and one that is nobody\'s', () => {
    const destination = (host: string) => `profile: local\nnetwork: {destinations: [{host: ${host}, port: 443}]}`;
    refused(destination('vllm.models.svc.other.local'), 'network.destinations', 'write its cidrs instead of its host');
    refused(destination('localhost'), 'network.destinations.0.host', 'must not be the pod itself');
    accepted(destination('vllm.models.svc.cluster.local'));
    accepted(destination('slack.com'));
  });

  test('where the cluster\'s domain is the name\'s, it is a Service\'s', () => {
    accepted(`${database('host: postgres.data.svc.other.local')}\nclusterDomain: other.local`);
  });
});

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
    [signIn('issuer: "https://a.example.com", keysUrl: "https://a.example.com/keys"'), 'access.keysUrl'],
    [signIn('issuer: "https://a.example.com", groupsClaim: roles'), 'access.groupsClaim'],
    [signIn('issuer: "https://a.example.com", keysUrl: "https://a.example.com/keys", cookieSecret: cookies')
      .replace('ingress: {hosts: [a.example.com]}', 'gateway: {hosts: [a.example.com], tls: {provider: before-cluster}}'), 'access.cookieSecret'],
    ['profile: local\nmetrics: {labels: {release: prometheus}}', 'metrics.labels'],
    [database('host: db.example.com, connectionLimit: 200'), 'database.connectionLimit'],
  ])('%s', (text, path) => {
    expect(warningsAbout(text)).toEqual([expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')}: `))]);
  });

  test.each([
    ingress('controller: traefik'), ingress('className: public'), ingress('className: nginx-internal'), ingress('maxBodySize: 1Gi'), ingress('controller: traefik, className: traefik-2'),
    `${ingress('controller: traefik, timeoutSeconds: 60')}\naccess: ${CLOUDFLARE('1a'.repeat(32))}`, // its guard reads it
    signIn('issuer: "https://a.example.com", groups: [a], groupsClaim: roles'), 'profile: local\nmetrics: {serviceMonitor: true, labels: {release: prometheus}}',
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

  test.each(['0', 'f', '1'])('is warned of in production: %s', (digit) => {
    expect(warningsAbout(production(digit.repeat(64)))).toEqual([expect.stringMatching(/^access\.audience: .* is no application's/)]);
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
    [signIn('issuer: "https://a.example.com", secret: one, cookieSecret: one'), 'access.cookieSecret'],
    [`${ingress('')}\naccess: ${client('a.example.com')}\ninternal: {hosts: [b.example.com], access: ${client('b.example.com')}}`, 'internal.access.secret'],
    ['profile: local\ntracking: {keysSecret: mlflow-database-generated}', 'tracking.keysSecret'],
  ])('%s', (text, path) => {
    refused(text, path, 'whoever holds the one must not hold the other');
  });

  test('and one for the same purpose at two places is not', () => {
    accepted(`${ingress('tls: {provider: secret, secret: one}')}\ninternal: {hosts: [b.example.com], tls: {provider: secret, secret: one}}`);
    accepted(`${ingress('')}\naccess: ${client('a.example.com')}\ninternal: {hosts: [b.example.com], access: ${client('a.example.com').replace('}', ', groups: [staff]}')}}`);
  });

  test('is left out where the name itself is wrong', () => {
    expect(linesAbout(`${PRODUCTION}tracking: {keysSecret: "mlflow database"}\naccess: {mode: basic, administratorSecret: mlflow-database}`)).toEqual([
      expect.stringMatching(/^tracking\.keysSecret: must be the name of a Secret/), expect.stringMatching(/^access\.administratorSecret: mlflow-database is also for/),
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

describe('a namespace that others are in', () => {
  const inNamespace = (name: string, more: string) => `profile: local\nnamespace: {name: ${name}}\n${more}`;
  const shared: [string, string][] = [
    ['default', ''], ['kube-system', ''], ['kube-node-lease', ''], ['openshift-monitoring', ''],
    ['data', 'database: {provider: external, host: postgres.data.svc.cluster.local}'],
    ['data', 'database: {provider: external, host: pg-0.pg.data.svc}'],
    ['mlflow', 'database: {provider: external, host: postgres}'],
    ['data', 'database: {provider: external, host: postgres.example.com}\nnetwork: {database: {namespace: data}}'],
    ['minio', 'artifactStore: {provider: minio, endpoint: "http://minio.minio.svc.cluster.local:9000"}'],
    ['ingress-nginx', 'ingress: {hosts: [a.example.com]}'], ['traefik', 'ingress: {hosts: [a.example.com], controller: traefik}'],
    ['envoy-gateway-system', 'gateway: {hosts: [a.example.com]}'], ['monitoring', 'metrics: {serviceMonitor: true}'],
    ['dns', 'network: {dns: [{namespace: dns}]}'],
  ];

  test.each(shared)('is not created unless the file says so, which is refused: %s, %s', (name, more) => {
    expect(warningsAbout(inNamespace(name, more))).toEqual(expect.arrayContaining([expect.stringMatching(/^namespace\.create: is false, because /)]));
    refused(inNamespace(name, more).replace('}', ', create: true}'), 'namespace.create', 'write create: false');
    expect(warningsAbout(inNamespace(name, more).replace('}', ', create: false}')).filter((line) => line.startsWith('namespace'))).toEqual([]);
  });

  test('is none of its own clients', () => {
    expect(warningsAbout(inNamespace('mlflow', 'network: {clients: [{namespace: mlflow}]}'))).toEqual([]);
  });
});

describe('nothing that may be a secret is printed:', () => {
  const values = [
    'postgresql://u:hunter2@db/x', 'host=db password=hunter2', 'db;Password=hunter2', 'jdbc:postgresql://db/x?user=u&password=hunter2', 'https://db/?password=hunter2',
    'u:hunter2', 'hunter2@db', 'mongodb+srv://u:hunter2@db', 'Server=db;Pwd=hunter2', 'db --password hunter2', 'ghp_hunter2hunter2hunter2', '//u:hunter2@db',
    '{{ hunter2 }}', '$hunter2', 'hunter2#x', 'hunter2!', 'S3cretHunter2', 'redis://:hunter2@h', 'AKIAHUNTER2EXAMPLE:hunter2',
  ];
  const isKey = (value: string) => /^\w{1,19}$/.test(value); // which is told as the place of what is wrong
  test.each(values)('%s', (value) => {
    const quoted = JSON.stringify(value);
    for (const text of [
      database(`host: ${quoted}`), database(`host: a.example.com, name: ${quoted}`), database(`host: a.example.com, port: ${quoted}`), database(`host: a.example.com, sslMode: ${quoted}`),
      store(`endpoint: ${quoted}`), store(`endpoint: "http://minio.example.com", bucket: ${quoted}`), s3(`region: ${quoted}`), signIn(`issuer: ${quoted}`),
      signIn(`issuer: "https://a.example.com", keysUrl: ${quoted}`), server(`keysSecret: ${quoted}`), server(`version: ${quoted}`), server(`temporaryStorage: ${quoted}`),
      ingress(`className: ${quoted}`), `profile: ${quoted}`, `profile: local\nnamespace: {name: ${quoted}}`, `profile: local\nclusterDomain: ${quoted}`, `profile: local\ndatabase: ${quoted}`,
      `profile: local\naccess: {mode: ${quoted}}`,
      ...isKey(value) ? [] : [`profile: local\n${quoted}: {}`, database(`host: a.example.com, ${quoted}: 1`), `profile: local\nmetrics: {labels: {${quoted}: a b}}`],
    ]) {
      const printed = linesAbout(text).join('\n'); // nothing, where it happens to be right
      expect(printed.toLowerCase()).not.toContain('hunter2');
    }
  });

  test.each(['*hunter2', '&hunter2 x', '!hunter2 x', '!!hunter2 x', '!a!hunter2 x', '@hunter2', '`hunter2', '"hunter2', '{hunter2', '[hunter2', '%hunter2'])('YAML: %s', (value) => {
    expect(linesAbout(`profile: local\ntoken: ${value}`).join('\n')).not.toContain('hunter2');
    expect(linesAbout(`${value}\n---\na: [`).join('\n')).not.toContain('hunter2');
  });

  test('a number where a text belongs', () => {
    expect(linesAbout(database('host: 12345678'))).toEqual(['database.host: must be text']);
  });

  test.each([
    ['a host', database('host: Db.example.com'), '"Db.example.com"'], ['a host with a port', database('host: "db:5432"'), '"db:5432"'],
    ['a URL', database('host: "https://db.example.com/x"'), '"https://db.example.com/x"'], ['a quantity', limits('memory: 2 GB'), '"2 GB"'],
    ['a network of IPv6', 'profile: local\nnetwork: {clients: [{cidrs: ["::ffff:0:0/96"]}]}', '"::ffff:0:0/96"'], ['a name', 'profile: local\nnamespace: {name: My_Namespace}', '"My_Namespace"'],
  ])('and what helps is: %s', (_what, text, shown) => {
    expect(linesAbout(text)[0]).toContain(shown);
  });
});

describe('a key that is not read is explained:', () => {
  test.each([
    ['replicas: 2', 'replicas: is not known here: did you mean tracking.replicas?'],
    ['host: db', 'host: is not known here: did you mean database.host?'],
    ['hosts: [a.b]', 'hosts: is not known here: did you mean gateway.hosts or ingress.hosts or internal.hosts?'],
    ['tracking: {resources: {cpu: 1}}', 'tracking.resources.cpu: is not known here: did you mean tracking.resources.requests.cpu or tracking.resources.limits.cpu?'],
    ['ingres: {}', 'ingres: is not known: did you mean ingress?'],
    ['artifact_store: {}', 'artifact_store: is not known: did you mean artifactStore?'],
    ['TRACKING: {}', 'TRACKING: is not known: did you mean tracking?'],
    ['database: {provider: external, host: a.example.com, ssl-mode: require}', 'database.ssl-mode: is not known: did you mean sslMode?'],
    ['serviceAccount: mlflow', 'serviceAccount: is not known: there are profile, '],
    ['constructor: {}', 'constructor: is not known: there are profile, '],
    ['tracking: {nodeSelector: {}}', 'tracking.nodeSelector: is not known: there are version, '],
    ['database: {provider: external, host: a.example.com, passwordKey: pw}', 'database.passwordKey: is not known: the keys of each Secret have fixed names'],
    ['artifactStore: {provider: s3, accessKeyIdKey: id}', 'artifactStore.accessKeyIdKey: is not known: the keys of each Secret have fixed names'],
  ])('%s', (text, start) => {
    expect(linesAbout(`profile: local\n${text}`)).toEqual([expect.stringContaining(start)]);
  });
});
