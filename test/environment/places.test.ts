import { accepted, database, linesAbout, refused, s3, signIn, store, warningsAbout } from './refused';

/* Places that cannot be meant, each kind by many examples, and those that are right and look alike. */

describe('a place that no pod reaches is refused:', () => {
  const hosts = [
    'localhost', 'localhost4', 'localhost6', 'localhost.localdomain', 'localhost6.localdomain6', 'ip6-localhost', 'ip6-loopback', 'db.localhost', 'db.invalid',
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '169.254.169.254', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.7', '198.51.100.3', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'metadata.google.internal', '203.0.113.9',
  ];
  test.each(hosts)('%s', (host) => {
    refused(database(`host: ${host}`), 'database.host', 'must not be the pod itself');
    refused(store(`endpoint: "http://${host}:9000"`), 'artifactStore.endpoint', 'must not be the pod itself');
    refused(`profile: local\nnetwork: {destinations: [{host: ${host}, port: 80}]}`, 'network.destinations.0.host', 'must not be the pod itself');
    refused(signIn(`issuer: "https://${host}:8443/realms/main"`), 'access.issuer', 'must not be the pod itself');
  });

  test.each(['127.0.0.0/8', '127.0.0.1/32', '::1/128', '224.0.0.0/8', '0.0.0.0/8', 'ff02::/16'])('the network %s', (network) => {
    refused(`profile: local\nnetwork: {clients: [{cidrs: ["${network}"]}]}`, 'network.clients.0.cidrs.0', 'must be a network of pods or servers');
  });

  test.each([
    '169.254.169.254/32', '169.254.0.0/16', '169.254.20.10/32', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32', 'fe80::/16', 'fe80::1/128', 'fd00:ec2::254/128', 'fd00:42::42/128',
    'fd20:ce::254/128',
  ])('the network %s, at which clouds hand out credentials, except as DNS', (network) => {
    for (const [path, text] of [
      ['clients.0', `clients: [{cidrs: ["${network}"]}]`], ['destinations.0', `destinations: [{cidrs: ["${network}"], port: 80}]`], ['prometheus', `prometheus: {cidrs: ["${network}"]}`],
    ] as const) refused(`profile: local\nnetwork: {${text}}`, `network.${path}.cidrs.0`, 'only network.dns may be there');
    accepted(`profile: local\nnetwork: {dns: [{cidrs: ["${network}"]}]}`);
  });

  test.each(['host: 8.8.8.8', 'cidrs: [8.8.8.8/32]', 'cidrs: ["2606:4700::/32"]', 'cidrs: [10.0.0.0/8, 93.184.0.0/16]', 'host: hooks.slack.com'])('by http a public one: %s', (place) => {
    refused(`profile: local\nnetwork: {destinations: [{${place}, port: 80, scheme: http}]}`, 'network.destinations', 'write scheme: https');
    accepted(`profile: local\nnetwork: {destinations: [{${place}, port: 443}]}`);
  });

  test.each(['host: 10.0.0.5', 'cidrs: [10.0.0.0/8]', 'cidrs: ["fd12::/48"]', 'host: vllm.models.svc'])('and by http one inside is not: %s', (place) => {
    accepted(`profile: local\nnetwork: {destinations: [{${place}, port: 80, scheme: http}]}`);
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
    ...[
      'https://accounts.google.com/', 'https://accounts.google.com/o/oauth2/v2/auth', 'https://dev-x.eu.auth0.com', 'https://dev-x.eu.auth0.com/authorize', 'https://login.microsoftonline.com/',
      ...['', '/v2.0/', '/oauth2/v2.0'].map((end) => `https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555${end}`),
      'https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0', 'https://sts.windows.net/11111111', 'https://mlflow.auth.eu-west-1.amazoncognito.com',
      'https://cognito-idp.eu-west-1.amazonaws.com/', 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc/', 'https://github.com', 'https://github.com/login/oauth', 'https://gitlab.com/',
      'https://x-admin.okta.com', 'https://x.okta.com/', 'https://keycloak.example.com/', 'https://keycloak.example.com/auth', 'https://keycloak.example.com/realms/main/',
      'https://example.com', 'https://example.org/realms/main',
    ].map((known): [string, string] => [known, 'must be exactly as the provider\'s tokens have it: write ']),
    ...['auth', 'console', 'account', 'callback', 'login', 'device', 'introspect', 'account/'].map((end): [string, string] => [`https://sso.example.com/x/${end}`, 'not another address of the provider']),
    ['https://login.example.com/realms/main/account/x', 'of the realm alone'], ['https://login.example.com/realms/main/', 'of the realm alone'],
    ['https://login.example.com/.well-known', 'leave out /.well-known/'],
    ...['//', '/../x', '/realms/my%realm', '/realms/größe', '/\\\\x', '/a b'.replace(' ', '+'), '/x,y'].map((path): [string, string] => [`https://login.example.com${path}`, 'must have a path of letters']),
    ['https://login.example.com:0', 'must be an https URL'], ['https://login.example.com:65536/x', 'must be an https URL'], ['https://a.example.com', 'own hosts'],
    ['https://a.example.com/oauth2/x', 'own hosts'], ['https://keycloak.auth/realms/main', 'add .svc.cluster.local'], ['https://sso.auth.svc.other.local', 'whose domain is other.local'],
    ['https://10-0-0-5.auth.pod.cluster.local/x', 'the name of one pod'],
    ['http://login.example.com', 'must be an https URL'],
    ['login.example.com', 'must be an https URL'],
    ['https://login.example.com/#main', 'must be an https URL'],
  ])('%s', (issuer, part) => {
    refused(signIn(`issuer: "${issuer}"`), 'access.issuer', part);
  });

  test.each([
    'https://login.example.com/', 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0', 'https://accounts.google.com', 'https://gitlab.com',
    'https://tenant.eu.auth0.com/', 'https://dev-1.okta.com/oauth2/default', 'https://keycloak.example.com/auth/realms/main', 'https://sso.example.com:8443/dex',
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc', 'https://authentik.example.com/application/o/mlflow/', 'https://sts.windows.net/11111111/', 'https://example.okta.com', 'https://keycloak/realms/main', 'https://keycloak.auth.svc/realms/main', 'https://10.0.0.1/x',
  ])('and %s is not', (issuer) => {
    accepted(signIn(`issuer: "${issuer}"`));
  });
});

describe('an endpoint of another kind is refused:', () => {
  test.each([
    ['https://mlflow.s3.amazonaws.com', 'must not name a bucket'], ['https://mlflow.s3.eu-west-1.amazonaws.com', 'must not name a bucket'],
    ['https://ml.flow.s3-eu-west-1.amazonaws.com', 'must not name a bucket'], ['http://minio:9000/bucket', 'must be an http or https URL'],
    ['s3://bucket', 'must be an http or https URL'], ['minio:9000', 'must be an http or https URL'], ['http://minio:0', 'must be an http or https URL'], ['http://minio:65536', 'must be an http or https URL'],
    ...['https://mlflow.s3-accelerate.amazonaws.com', 'https://s3-accelerate.amazonaws.com', 'https://s3-accelerate.dualstack.amazonaws.com'].map((each): [string, string] => [each, 'accelerated transfers']),
    ...['acct.blob.core.windows.net', 'acct.dfs.core.windows.net'].map((host): [string, string] => [`https://${host}`, 'Azure\'s does not']),
    ...['s3.console.aws.amazon.com', 'eu-west-1.console.aws.amazon.com', 'console.cloud.google.com'].map((host): [string, string] => [`https://${host}`, 'not of its web page']),
    ...['b.storage.googleapis.com', 'b.s3.dualstack.eu-west-1.amazonaws.com', 'b.s3-fips.us-east-1.amazonaws.com', 'b.fra1.digitaloceanspaces.com', 'b.s3.us-west-004.backblazeb2.com']
      .map((host): [string, string] => [`https://${host}`, 'must not name a bucket']),
    ['http://mlflow:5000', 'this platform\'s own Service'], ['http://mlflow.mlflow.svc:5000', 'this platform\'s own Service'], ['http://10-0-0-5.data.pod.cluster.local', 'the name of one pod'],
    ['http://Minio:9000', 'must be an http or https URL'], ['http://minio:9000?x', 'must be an http or https URL'], ['http://[::1]:9000', 'must be an http or https URL'],
  ])('%s', (endpoint, part) => {
    refused(store(`endpoint: "${endpoint}"`), 'artifactStore.endpoint', part);
  });

  test('and so is a region that is not its', () => {
    refused(s3('endpoint: "https://s3.eu-west-1.amazonaws.com"'), 'artifactStore.region', 'write eu-west-1');
    for (const host of [
      's3-eu-west-1', 's3.dualstack.eu-west-1', 's3-fips.eu-west-1', 'vpce-1a2b-5e6f.s3.eu-west-1.vpce', 'bucket.vpce-1a2b-5e6f.s3.eu-west-1.vpce',
    ]) {
      refused(s3(`endpoint: "https://${host}.amazonaws.com", region: us-east-1`), 'artifactStore.region', 'write eu-west-1');
      accepted(s3(`endpoint: "https://${host}.amazonaws.com", region: eu-west-1`));
    }
    for (const region of ['eu-centrl-1', 'eu-central', 'eu-central-1a', 'de-central-1', 'aws-global', 'EU']) refused(s3(`region: ${region}`), 'artifactStore.region', 'none of Amazon\'s regions');
    refused(store('endpoint: "https://s3.us-east-1.amazonaws.com", administratorSecret: a'), 'artifactStore.administratorSecret', 'write provider: s3');
    refused(s3('region: auto'), 'artifactStore.region', 'is none of Amazon\'s regions');
    refused(s3('region: "EU (Ireland)"'), 'artifactStore.region', 'must be a region');
    for (const right of ['region: us-gov-west-1', 'region: ap-southeast-4', 'region: cn-north-1', 'region: il-central-1', 'region: us-iso-east-1', 'endpoint: "https://storage.googleapis.com"', 'region: eu-central-1', 'endpoint: "https://s3.eu-west-1.amazonaws.com", region: eu-west-1', 'endpoint: "https://garage.example.com", region: garage_1']) {
      accepted(s3(right));
    }
  });

  test('and one with a final slash is that without', () => {
    accepted(store('endpoint: "http://minio.example.com:9000/"'));
  });

  test('and that of a console is warned of', () => {
    expect(warningsAbout(store('endpoint: "http://minio.example.com:9001"'))).toEqual([expect.stringMatching(/^artifactStore\.endpoint: has the port 9001/)]);
  });

  test.each(['svc.cluster.local', '10.0.0.1', `${'a'.repeat(60)}.${'a'.repeat(61)}`, 'https://cluster.local', 'cluster.local.'])('the domain %s of a cluster', (domain) => {
    expect(linesAbout(`profile: local\nclusterDomain: "${domain}"`)).toHaveLength(1);
  });
});

describe('a name that does not tell whose it is, so that the policy would let everybody through, is refused:', () => {
  test.each(['postgres.data', 'my.db', 'db.dev', 'postgres.data.svc.other.local', 'pg-0.pg.data.svc.other', 'postgres.data.svc.clusterset.local'])('%s', (host) => {
    refused(database(`host: ${host}`), 'database.host', host.includes('.svc.') ? 'write ' : 'add .svc.cluster.local');
    refused(store(`endpoint: "https://${host}"`), 'artifactStore.endpoint', 'say so by network.objectStore');
    refused(`${database(`host: ${host}`)}\nnetwork: {database: {port: 6432}}`, 'database.host', 'say so by network.database');
    accepted(`${database(`host: ${host}`)}\nnetwork: {database: {namespace: data}}`);
    accepted(`${database(`host: ${host}`)}\nnetwork: {database: {cidrs: [10.20.0.0/16]}}`);
  });

  test('a destination of that kind is refused, and one that is nobody\'s', () => {
    const destination = (host: string) => `profile: local\nnetwork: {destinations: [{host: ${host}, port: 443}]}`;
    refused(destination('vllm.models.svc.other.local'), 'network.destinations', 'write its cidrs instead of its host');
    refused(destination('vllm.models'), 'network.destinations', 'add .svc.cluster.local');
    refused(destination('10-0-0-5.models.pod.cluster.local'), 'network.destinations', 'the name of one pod');
    refused(destination('localhost'), 'network.destinations.0.host', 'must not be the pod itself');
    accepted(destination('vllm.models.svc.cluster.local'));
    accepted(destination('slack.com'));
  });

  test.each(['mlflow', 'mlflow.mlflow.svc', 'mlflow.mlflow.svc.cluster.local'])('and so is the platform itself: %s', (host) => {
    refused(database(`host: ${host}`), 'database.host', 'this platform\'s own Service');
  });

  test('where the cluster\'s domain is the name\'s, it is a Service\'s', () => {
    accepted(`${database('host: postgres.data.svc.other.local')}\nclusterDomain: other.local`);
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
    ['training', 'network: {clients: [{namespace: training}]}'],
    ['models', 'network: {destinations: [{namespace: models, port: 80}]}'],
    ['models', 'network: {destinations: [{host: vllm.models.svc, port: 80}]}'],
    ['mlflow', 'network: {destinations: [{host: vllm, port: 80}]}'],
    ['data', 'database: {provider: external, host: postgres.data.svc.other.local}\nnetwork: {database: {cidrs: [10.20.0.0/16]}}'],
    ['data', 'database: {provider: external, host: postgres.data}\nnetwork: {database: {cidrs: [10.20.0.0/16]}}'],
    ['data', 'database: {provider: external, host: a.b.pg.data.svc.cluster.local}\nnetwork: {database: {cidrs: [10.20.0.0/16]}}'],
    ...['calico-system', 'tigera-operator', 'gke-managed-system', 'gmp-public', 'ingress-nginx', 'cert-manager', 'istio-system', 'envoy-gateway-system', 'rook-ceph',
      'longhorn-system', 'cattle-system', 'argocd', 'flux-system', 'traefik', 'metallb-system', 'external-secrets', 'sealed-secrets', 'monitoring',
    ].map((name): [string, string] => [name, '']),
  ];

  test.each(shared)('is not created unless the file says so, which is refused: %s, %s', (name, more) => {
    expect(warningsAbout(inNamespace(name, more))).toEqual(expect.arrayContaining([expect.stringMatching(/^namespace\.create: is false, because /)]));
    refused(inNamespace(name, more).replace('}', ', create: true}'), 'namespace.create', 'write create: false');
    expect(warningsAbout(inNamespace(name, more).replace('}', ', create: false}')).filter((line) => line.startsWith('namespace'))).toEqual([]);
  });

  test('may have a name like theirs', () => {
    for (const name of ['calico', 'monitor', 'my-monitoring', 'argonaut']) expect(warningsAbout(inNamespace(name, ''))).toEqual([]);
  });
});
