import { accepted, database, linesAbout, refused, s3, signIn, store, warningsAbout } from './refused';

/* Places that cannot be meant, each kind by many examples, and those that are right and look alike. */

describe('a place that no pod reaches is refused:', () => {
  const hosts = [
    'localhost', 'localhost4', 'localhost6', 'localhost.localdomain', 'localhost6.localdomain6', 'ip6-localhost', 'ip6-loopback', 'db.localhost', 'db.invalid',
    '127.0.0.1', '127.8.8.8', '0.0.0.0', '169.254.169.254', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.7', '198.51.100.3', '203.0.113.9',
  ];
  test.each(hosts)('%s', (host) => {
    refused(database(`host: ${host}`), 'database.host', 'must not be the pod itself');
    refused(store(`endpoint: "http://${host}:9000"`), 'artifactStore.endpoint', 'must not be the pod itself');
    refused(signIn(`issuer: "https://${host}:8443/realms/main"`), 'access.issuer', 'must not be the pod itself');
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
    refused(database(`host: ${host}`), 'database.host', host.includes('.svc.') ? 'write ' : 'add .svc.cluster.local');
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
