import { linesAbout, load, warningsAbout, type Files } from './refused';

const NOT_A_LABEL = 'must be lower-case letters, digits and "-", at most 63, as Kubernetes names are: write e.g. mlflow';
const NOT_A_HOST = 'must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com';
const NOT_A_SECRET = 'must be the name of a Secret, never a value: write e.g. mlflow-database';
const NOT_BYTES = 'must be a quantity of bytes: write e.g. 512Mi or 2Gi';
const NOT_CPU = 'must be a quantity of CPU: write e.g. 500m or 2';
const NOT_A_BUCKET = 'must be 3 to 63 of lower-case letters, digits, "." and "-", as S3 wants it: write e.g. mlflow-artifacts';
const MATCHES_ALL = 'must not match nearly every address: name the networks that are meant, e.g. 10.20.0.0/16';
const NOT_A_PEER = 'must have a namespace, perhaps with podLabels, or cidrs: write e.g. {namespace: training}';
const NOT_AN_AUDIENCE = 'must be the Access application\'s audience (AUD) tag, 64 hexadecimal digits, not a URL or name: find it in the application\'s overview';
const PAST = 'NodePort leads past everybody who asks who somebody is: write ClusterIP and a gateway or ingress, or access: {mode: basic}, '
  + 'of which the server itself asks';
const INGRESS = 'ingress: {hosts: [a.b]}';
const IS_SECRET = 'is a secret, or part of one, and must not be in an environment file: put it into a Secret and name that Secret here';
const twice = (secret: string, other: string, path: string, purpose: string) =>
  `${secret} is also for ${other} (${path}), and whoever holds the one must not hold the other: name another Secret for ${purpose}`;
const TOP_LEVEL = 'profile, cluster, clusterDomain, namespace, secretsRevision, tracking, service, database, artifactStore, gateway, ingress, internal, access, metrics, network';
const EMBEDDED_DATABASE = 'database.provider: embedded is one pod without a standby, for profile: local: '
  + 'write provider: external and the host of a PostgreSQL server';
const EMBEDDED_STORE = 'artifactStore.provider: embedded is one pod with one volume, for profile: local: '
  + 'write provider: minio or s3, and its endpoint';

type Row = [what: string, text: string, ...lines: string[]];

describe('a file that is no environment', () => {
  test.each<Row>([
    ['is empty', '', 'is empty: write at least profile: local'],
    ['has blanks only', ' \n\n', 'is empty: write at least profile: local'],
    ['says null', 'null', 'is empty: write at least profile: local'],
    ['is a list', '- profile: local', 'must be a mapping: write e.g. profile: local'],
    ['is a text', 'local', 'must be a mapping: write e.g. profile: local'],
    ['is not YAML', 'profile: local\ntracking: [a\n', 'line 3, column 1: is not YAML: deficient indentation'],
    ['has a mapping in a line', 'a: b: c', 'line 1, column 5: is not YAML: bad indentation of a mapping entry'],
    ['has tabs', 'profile: local\n\ttracking: {}', 'line 2, column 1: is not YAML: tab characters must not be used in indentation'],
    ['says the same twice', 'profile: local\nprofile: production', 'line 2, column 1: is not YAML: duplicated mapping key'],
    ['has two documents', 'profile: local\n---\nprofile: local',
      'line 1, column 1: is not YAML: expected a single document in the stream, but found more'],
    ['has a type of its own', 'profile: !!js/function x', 'line 1, column 10: is not YAML: unknown scalar tag: put a value that begins with !, & or * in quotes'],
    ['would unfold', `a: &a x\nb: [${Array(17).fill('*a').join(', ')}]`, 'line 2, column 70: is not YAML: aliases exceeded maxAliases (16)'],
    ['has 10 MB', 'x'.repeat(10 * 2 ** 20), 'has 10485760 bytes, more than the 262144 that an environment file may have'],
  ])('%s', (_what, text, ...lines) => {
    expect(linesAbout(text)).toEqual(lines);
  });
});

describe('a local environment with a wrong', () => {
  test.each<Row>([
    ['type: number for text', 'namespace: {name: 5}', 'namespace.name: 5 must be text'],
    ['type: text for number', 'tracking: {replicas: two}', 'tracking.replicas: "two" must be a whole number'],
    ['type: fraction for number', 'tracking: {replicas: 1.5}', 'tracking.replicas: 1.5 must be a whole number'],
    ['type: text for truth value', 'metrics: {serviceMonitor: "yes"}', 'metrics.serviceMonitor: "yes" must be true or false'],
    ['type: text for list', 'ingress: {hosts: a.b}', 'ingress.hosts: "a.b" must be a list'],
    ['type: nothing for mapping', 'tracking:', 'tracking: null must be a mapping'],
    ['type: number for label', 'metrics: {labels: {release: 1}}', 'metrics.labels.release: 1 must be text'],

    ['key', 'traking: {}', `traking: is not known: did you mean tracking? There are ${TOP_LEVEL}`],
    ['key, inside', 'tracking: {resources: {limits: {ram: 2Gi}}}',
      'tracking.resources.limits.ram: is not known: there are cpu, memory'],
    ['key of the chosen provider', 'database: {provider: embedded, host: db}',
      'database.host: belongs to provider: external, and this is provider: embedded: remove one of the two'],
    ['key of JavaScript', '__proto__: {}', `__proto__: is not known: there are ${TOP_LEVEL}`],

    ['missing value', 'database: {provider: external}', 'database.host: is missing: it must be text'],
    ['missing choice', 'database: {}', 'database.provider: is missing: it must have provider: embedded or external'],

    ['namespace', 'namespace: {name: My_Namespace}', `namespace.name: "My_Namespace" ${NOT_A_LABEL}`],
    ['namespace: too long', `namespace: {name: ${'n'.repeat(64)}}`, `namespace.name: "${'n'.repeat(64)}" ${NOT_A_LABEL}`],
    ['host', 'ingress: {hosts: [mlflow_1.example.com]}', `ingress.hosts.0: "mlflow_1.example.com" ${NOT_A_HOST}`],
    ['host: in capitals', 'ingress: {hosts: [Mlflow.example.com]}', `ingress.hosts.0: "Mlflow.example.com" ${NOT_A_HOST}`],
    ['host: URL', 'ingress: {hosts: [a.b, "https://a.b/"]}', `ingress.hosts.1: "https://a.b/" ${NOT_A_HOST}`],
    ['host of a database', 'database: {provider: external, host: "db:5432"}', `database.host: "db:5432" ${NOT_A_HOST}`],
    ['cluster domain', 'clusterDomain: .cluster.local', `clusterDomain: ".cluster.local" ${NOT_A_HOST}`],
    ['name of a Secret', 'database: {provider: external, host: db, secret: My_Secret}', `database.secret: ${NOT_A_SECRET}`],
    ['name of a database', 'database: {provider: external, host: db, name: "a;b"}',
      'database.name: must be a name of PostgreSQL, of letters, digits, "_", "-" and ".": write e.g. mlflow'],
    ['port', 'database: {provider: external, host: db, port: 70000}', 'database.port: 70000 must be 65535 or less'],
    ['release', 'tracking: {version: latest}', 'tracking.version: "latest" must be a release of MLflow: write e.g. 3.17.2'],
    ['endpoint', 'artifactStore: {provider: minio, endpoint: "minio:9000"}',
      'artifactStore.endpoint: "minio:9000" must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000'],

    ['quantity of CPU', 'tracking: {resources: {limits: {cpu: 2 cores}}}', `tracking.resources.limits.cpu: "2 cores" ${NOT_CPU}`],
    ['quantity of CPU: in bytes', 'tracking: {resources: {limits: {cpu: 2Gi}}}', `tracking.resources.limits.cpu: "2Gi" ${NOT_CPU}`],
    ['quantity of CPU: none', 'tracking: {resources: {requests: {cpu: 0}}}', 'tracking.resources.requests.cpu: 0 must be more than 0'],
    ['quantity of memory', 'tracking: {resources: {limits: {memory: 2GB}}}', `tracking.resources.limits.memory: "2GB" ${NOT_BYTES}`],
    ['quantity of memory: in thousandths', 'tracking: {resources: {limits: {memory: 2147483648000m}}}',
      `tracking.resources.limits.memory: "2147483648000m" ${NOT_BYTES}`],
    ['quantity of memory: number', 'tracking: {resources: {limits: {memory: 2048}}}', `tracking.resources.limits.memory: 2048 ${NOT_BYTES}`],
    ['quantity of memory: without unit', 'tracking: {resources: {limits: {memory: "2048"}}}',
      'tracking.resources.limits.memory: "2048" must be 128Mi or more: is the unit right?'],
    ['quantity of storage', 'database: {provider: embedded, storage: lots}', `database.storage: "lots" ${NOT_BYTES}`],
    ['quantity of uploads', 'ingress: {hosts: [a.b], maxBodySize: 5}',
      'ingress.maxBodySize: 5 must be "unlimited" or a quantity of bytes: write e.g. 5Gi'],
    ['request, over its limit', 'tracking: {resources: {requests: {cpu: 3, memory: 4Gi}}}',
      'tracking.resources.requests.cpu: 3 is over the limit of 1: lower it, or raise tracking.resources.limits.cpu',
      'tracking.resources.requests.memory: 4Gi is over the limit of 2Gi: lower it, or raise tracking.resources.limits.memory'],

    ['NodePort: too low', 'service: {type: NodePort, nodePort: 5000}', 'service.nodePort: 5000 must be from 30000 to 32767'],
    ['NodePort: too high', 'service: {type: NodePort, nodePort: 32768}', 'service.nodePort: 32768 must be from 30000 to 32767'],
    ['NodePort: missing', 'service: {type: NodePort}', 'service.nodePort: is missing: it must be a number'],
    ['type of Service', 'service: {type: LoadBalancer}', 'service.type: "LoadBalancer" must have type: ClusterIP, or type: NodePort with a nodePort'],

    ['Ingress: TLS without hosts', 'ingress: {tls: {secret: tls}}', 'ingress.hosts: is missing: it must be a list',
      'ingress.tls.provider: is missing: it must have provider: secret with its secret, cert-manager with its issuer, or before-cluster'],
    ['Ingress: no hosts', 'ingress: {hosts: []}', 'ingress.hosts: [] must name a host: write e.g. [mlflow.example.com]'],
    ['Ingress: TLS without Secret', 'ingress: {hosts: [a.b], tls: {}}', 'ingress.tls.provider: is missing: it must have provider: secret with its secret, cert-manager with its issuer, or before-cluster'],
    ['Ingress: one host twice', 'ingress: {hosts: [a.b, c.d, a.b]}', 'ingress.hosts: a.b is there twice: remove one'],
    ['access without Ingress', `access: {mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}`,
      'access.mode: cloudflare-access lets people in by a gateway or an Ingress, and there is none: add gateway or ingress with its hosts'],
    ['access', 'access: {mode: cloudflare-access, teamDomain: a.example.com, audience: abc}\ningress: {hosts: [a.b]}',
      'access.teamDomain: "a.example.com" must be the team\'s domain: write e.g. example.cloudflareaccess.com',
      `access.audience: "abc" ${NOT_AN_AUDIENCE}`],
    ['access: audience is a URL', `access: {mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: "https://a.b"}\n${INGRESS}`,
      `access.audience: "https://a.b" ${NOT_AN_AUDIENCE}`],
    ['access: mode', 'access: {mode: saml}', 'access.mode: "saml" must have mode: cloudflare-access, oidc, basic, or, locally, none'],
    ['access: a mode without its fields', `access: {mode: oidc}\n${INGRESS}`, 
      'access.issuer: is missing: it must be an https URL of a host and perhaps a path: write e.g. https://login.example.com/realms/main',
      'access.clientId: is missing: it must be the client\'s identifier at the provider: write e.g. mlflow'],
    ['access: a field of another mode', `access: {mode: basic, audience: abc}\n${INGRESS}`,
      'access.audience: belongs to mode: cloudflare-access, and this is mode: basic: remove one of the two'],
    ['access: issuer', `access: {mode: oidc, issuer: "http://login.example.com?a", clientId: mlflow}\n${INGRESS}`,
      'access.issuer: must be an https URL of a host and perhaps a path, as the provider\'s tokens have it: '
      + 'write e.g. https://login.example.com/realms/main'],
    ['access: one Secret for two purposes', `access: {mode: oidc, issuer: "https://a.b", clientId: mlflow, secret: s, cookieSecret: s}\n${INGRESS}`,
      `access.cookieSecret: ${twice('s', 'the client mlflow at https://a.b', 'access.secret', 'the cookies of sessions')}`],
    ['access: users in the tracking database', 'access: {mode: basic, databaseName: mlflow}',
      'access.databaseName: mlflow is the tracking database, and users have one of their own: write e.g. mlflow_users'],
    ['too many hosts of a gateway', `gateway: {hosts: [${Array.from({ length: 16 }, (_, index) => `h${index}.a`).join(', ')}]}\ninternal: {hosts: [c.d]}`,
      'gateway.hosts: are 17 with those of internal, and a route may name 16 at most: write fewer, or another environment'],
    ['access: scopes that do not say who somebody is', `access: {mode: oidc, issuer: "https://a.b", clientId: mlflow, scopes: [email]}\n${INGRESS}`,
      'access.scopes: must hold openid, without which providers do not say who somebody is'],
    ['a port of the nodes past the way in',
      `access: {mode: cloudflare-access, teamDomain: a.cloudflareaccess.com, audience: ${'a'.repeat(64)}}\n${INGRESS}\nservice: {type: NodePort, nodePort: 30500}`,
      `service.type: ${PAST}`],
    ['two ways in', 'gateway: {hosts: [a.b]}\ningress: {hosts: [c.d]}', 'ingress: is a second way in next to gateway: remove one of them'],
    ['internal hosts without a way in', 'internal: {hosts: [a.b]}', 'internal: names hosts, and there is no way in: add gateway or ingress with its hosts'],
    ['an internal host that is public', 'gateway: {hosts: [a.b]}\ninternal: {hosts: [c.d, a.b]}', 'internal.hosts: a.b is there twice: remove one'],
    ['internal hosts with users of their own', 'gateway: {hosts: [a.b]}\ninternal: {hosts: [c.d], access: {mode: basic}}',
      'internal.access.mode: basic is MLflow\'s own and holds for all hosts or for none: remove this one, or write basic at access.mode and nothing here'],
    ['TLS of two kinds', 'gateway: {hosts: [a.b], tls: {provider: cert-manager, secret: s}}',
      'gateway.tls.issuer: is missing: it must be text',
      'gateway.tls.secret: belongs to provider: secret, and this is provider: cert-manager: remove one of the two'],

    ['number of replicas', 'tracking: {replicas: 0}', 'tracking.replicas: 0 must be 1 or more'],
    ['number of replicas: many', 'tracking: {replicas: 51}', 'tracking.replicas: 51 must be 50 or less'],
    ['number of threads', 'tracking: {threads: 0}', 'tracking.threads: 0 must be 1 or more'],
    ['number of threads: many', 'tracking: {threads: 41}', 'tracking.threads: 41 must be 40 or less'],
    ['number of connections', 'tracking: {replicas: 10, workers: 2}\ndatabase: {provider: embedded, connectionLimit: 100}',
      'database.connectionLimit: 100 is under the 554 connections that 10 replicas and one more during an update, with 2 workers of 4 threads each, '
      + 'can open: raise it, or lower replicas, workers or threads'],
    ['number of workers', 'tracking: {workers: 8}', 'tracking.workers: 8 needs a memory limit of at least 4608Mi (is 2Gi): '
      + 'raise tracking.resources.limits.memory, or run fewer workers'],
    ['memory limit for even one worker', 'tracking: {resources: {requests: {memory: 512Mi}, limits: {memory: 768Mi}}}',
      'tracking.workers: 1 needs a memory limit of at least 1024Mi (is 768Mi): raise tracking.resources.limits.memory, or run fewer workers'],

    ['number of replicas: and an autoscaler', 'tracking: {replicas: 2, autoscaling: {maxReplicas: 4}}',
      'tracking.replicas: 2 is the autoscaler\'s to decide: remove it, or remove tracking.autoscaling'],
    ['autoscaler: no maximum', 'tracking: {autoscaling: {}}', 'tracking.autoscaling.maxReplicas: is missing: it must be a whole number'],
    ['autoscaler: maximum', 'tracking: {autoscaling: {minReplicas: 3, maxReplicas: 3}}',
      'tracking.autoscaling.maxReplicas: 3 is not more than the minReplicas of 3: raise it, or write replicas instead of autoscaling'],
    ['autoscaler: more connections than there are', 'tracking: {autoscaling: {maxReplicas: 10}}\ndatabase: {provider: embedded, connectionLimit: 100}',
      'database.connectionLimit: 100 is under the 279 connections that 10 replicas and one more during an update, with 1 workers of 4 threads each, '
      + 'can open: raise it, or lower autoscaling.maxReplicas, workers or threads'],
    ['disruption budget: none at all', 'tracking: {disruptionBudget: {maxUnavailable: 0}}',
      'tracking.disruptionBudget.maxUnavailable: 0 must be 1 or more: 0 forbids every eviction, and no node could ever be drained'],
    ['disruption budget: the other kind', 'tracking: {disruptionBudget: {minAvailable: 2}}',
      'tracking.disruptionBudget.maxUnavailable: is missing: it must be a whole number',
      'tracking.disruptionBudget.minAvailable: is not known: did you mean maxUnavailable? There is maxUnavailable'],
    ['disruption budget: all pods', 'tracking: {replicas: 3, disruptionBudget: {maxUnavailable: 3}}',
      'tracking.disruptionBudget.maxUnavailable: 3 lets a drain take away all 3 pods at once: write 2 or less'],
    ['disruption budget: all pods at rest', 'tracking: {autoscaling: {maxReplicas: 4}, disruptionBudget: {maxUnavailable: 2}}',
      'tracking.disruptionBudget.maxUnavailable: 2 lets a drain take away all 2 pods at once: write 1 or less'],
    ['release: with known holes', 'tracking: {version: 3.9.0}', 'tracking.version: "3.9.0" has known security holes '
      + '(before 3.17.0 GHSA-mr9f-g8qf-4w4j, before 3.16.1 GHSA-gq3w-7jj3-x7gr, before 3.15.0 GHSA-7gwp-5pfp-969j, before 3.11.1 CVE-2026-0545, before 3.10.0 CVE-2026-2614): write 3.17.2, or 3.17.0 at least'],
    ['database: the administrators\'', 'database: {provider: external, host: db, name: postgres}',
      'database.name: "postgres" must not be a database that PostgreSQL and its administrators use themselves: write e.g. mlflow'],

    ['peer: every address', 'network: {clients: [{cidrs: [0.0.0.0/0]}]}', `network.clients.0.cidrs.0: "0.0.0.0/0" ${MATCHES_ALL}`],
    ['peer: half of all addresses', 'network: {clients: [{cidrs: [10.0.0.0/8, 128.0.0.0/1]}]}', `network.clients.0.cidrs.1: "128.0.0.0/1" ${MATCHES_ALL}`],
    ['peer: every address, by mapping', 'network: {clients: [{cidrs: ["::ffff:0:0/96"]}]}', `network.clients.0.cidrs.0: "::ffff:0:0/96" ${MATCHES_ALL}`],
    ['peer: very many addresses together', `network: {clients: [{cidrs: [${[10, 11, 12, 13, 14].map((first) => `${first}.0.0.0/8`).join(', ')}]}]}`,
      `network.clients.0.cidrs: ${MATCHES_ALL}`],
    ['peer: every address of IPv6', 'network: {clients: [{cidrs: ["::/0"]}]}', `network.clients.0.cidrs.0: "::/0" ${MATCHES_ALL}`],
    ['peer: nobody', 'network: {clients: [{}]}', `network.clients.0: {} ${NOT_A_PEER}`],
    ['peer: pods and addresses', 'network: {prometheus: {namespace: monitoring, cidrs: [10.1.2.3/32]}}', `network.prometheus: ${NOT_A_PEER}`],
    ['peer: labels of no namespace', 'network: {database: {podLabels: {app: db}}}', `network.database: ${NOT_A_PEER}`],
    ['peer: no labels', 'network: {clients: [{namespace: a, podLabels: {}}]}',
      'network.clients.0.podLabels: {} must name a label, or be left out: then all pods of the namespace are meant'],
    ['peer: no networks', 'network: {clients: [{cidrs: []}]}', 'network.clients.0.cidrs: [] must name a network: write e.g. [10.20.0.0/16]'],
    ['peer: text', 'network: {clients: [training]}', 'network.clients.0: "training" must be a mapping'],
    ['peer: namespaces by a glob', 'network: {clients: [{namespace: "*"}]}', `network.clients.0.namespace: "*" ${NOT_A_LABEL}`],
    ['network: an address', 'network: {clients: [{cidrs: [10.1.2.3]}]}',
      'network.clients.0.cidrs.0: "10.1.2.3" must be a network: write e.g. 10.20.0.0/16, or 10.20.30.40/32 for one address'],
    ['network: not its first address', 'network: {clients: [{cidrs: [10.1.2.3/16]}]}',
      'network.clients.0.cidrs.0: "10.1.2.3/16" must be the network itself: write 10.1.0.0/16'],
    ['network: in octal', 'network: {clients: [{cidrs: [010.0.0.0/8]}]}',
      'network.clients.0.cidrs.0: "010.0.0.0/8" must be a network: write e.g. 10.20.0.0/16, or 10.20.30.40/32 for one address'],
    ['DNS: nobody', 'network: {dns: []}', 'network.dns: [] must name a peer, or be left out'],
    ['host: a number', 'database: {provider: external, host: "5432"}', `database.host: "5432" ${NOT_A_HOST}`],
    ['host: part of an address', 'database: {provider: external, host: 1.2.3}', `database.host: "1.2.3" ${NOT_A_HOST}`],
    ['host: no address', 'database: {provider: external, host: 300.1.2.3}', `database.host: "300.1.2.3" ${NOT_A_HOST}`],
    ['endpoint: in octal', 'artifactStore: {provider: minio, endpoint: "http://010.0.0.5:9000"}',
      'artifactStore.endpoint: "http://010.0.0.5:9000" must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000'],
    ['disruption budget: more than there can be', 'tracking: {replicas: 1, disruptionBudget: {maxUnavailable: 3000000000}}',
      'tracking.disruptionBudget.maxUnavailable: 3000000000 must be 50 or less'],
    ['label: a prefix that Kubernetes refuses', 'network: {clients: [{namespace: a, podLabels: {a-.b/c: d}}]}',
      'network.clients.0.podLabels.a-.b/c: the key must be a label key as Kubernetes takes it: write e.g. release'],
    ['destination: no port', 'network: {destinations: [{namespace: a}]}', 'network.destinations.0.port: is missing: it must be a whole number'],
    ['destination: port', 'network: {destinations: [{namespace: a, port: 65536}]}', 'network.destinations.0.port: 65536 must be from 1 to 65535'],
    ['place of the embedded database', 'network: {database: {namespace: data}}',
      'network.database: is for one that others run, and this one is embedded: remove it'],
    ['place of the embedded store', 'network: {objectStore: {namespace: data}}',
      'network.objectStore: is for one that others run, and this one is embedded: remove it'],
    ['endpoint: ends in a number', 'artifactStore: {provider: minio, endpoint: "http://minio.9000"}',
      'artifactStore.endpoint: "http://minio.9000" must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000'],

    ['TLS: verify-ca by authorities that everybody knows', 'database: {provider: external, host: db, sslMode: verify-ca}',
      'database.sslMode: verify-ca trusts whoever has a certificate of an authority, and of those that everybody knows anybody has one: '
      + 'write verify-full, or name your own authority in caSecret'],
    ['TLS: an authority that nobody reads', 'database: {provider: external, host: db, caSecret: db-ca}',
      'database.sslMode: prefer verifies nobody, and caSecret would not be read: write verify-full, or verify-ca where the certificate has another name than the host, or no caSecret'],
    ['TLS: a certificate that may not be sent', 'database: {provider: external, host: db, clientCertificateSecret: mlflow-db-certificate}',
      'database.sslMode: prefer may connect without TLS, and then without the certificate of clientCertificateSecret: write verify-full, or require'],
    ['set-up: none, by an administrator', 'database: {provider: external, host: db, setUp: false, administratorSecret: a}',
      'database.setUp: false means that no Job sets up role and database, and administratorSecret names who would: leave out one of them'],
    ['set-up: by nobody', 'database: {provider: external, host: db, setUp: true}',
      'database.setUp: true needs an administrator: name the Secret of one in administratorSecret'],
    ['set-up: nobody takes over', 'database: {provider: external, host: db, takeOver: {role: true}}',
      'database.takeOver: needs the Job that sets up role and database: name an administratorSecret, or leave out takeOver'],
    ['authority of a store without TLS', 'artifactStore: {provider: s3, endpoint: "http://minio:9000", caSecret: a}',
      'artifactStore.caSecret: a verifies nothing at http://minio:9000: write an https endpoint, or remove it'],
    ['set-up of a store: none, and what is for it',
      'artifactStore: {provider: minio, endpoint: "http://minio", setUp: false, administratorSecret: a, versioning: required, takeOver: {user: true}}',
      'artifactStore.setUp: false makes no Job, and administratorSecret, versioning, takeOver would be for that: remove one of the two'],
    ['take-over of a user without an administrator', 'artifactStore: {provider: minio, endpoint: "http://minio", takeOver: {user: true}}',
      'artifactStore.takeOver.user: true needs an administrator of the store: write provider: minio and administratorSecret, or remove it'],
    ['take-over of a user of S3', 'artifactStore: {provider: s3, takeOver: {user: true}}',
      'artifactStore.takeOver.user: true needs an administrator of the store: write provider: minio and administratorSecret, or remove it'],
    ['versioning', 'artifactStore: {provider: s3, versioning: true}', 'artifactStore.versioning: true must be where-possible or required'],
    ['database of the users', 'access: {mode: basic, databaseName: postgres}',
      'access.databaseName: "postgres" must not be a database that PostgreSQL and its administrators use themselves: write e.g. mlflow'],
    ['database of the users: the tracking database', 'access: {mode: basic, databaseName: mlflow}',
      'access.databaseName: mlflow is the tracking database, and users have one of their own: write e.g. mlflow_users'],
    ['permission of users', 'access: {mode: basic, defaultPermission: DENY}', expect.stringContaining('access.defaultPermission: "DENY"') as string],
  ])('%s', (_what, text, ...lines) => {
    expect(linesAbout(`profile: local\n${text}`)).toEqual(lines);
  });
});

test.each([
  ['ab', NOT_A_BUCKET],
  ['b'.repeat(64), NOT_A_BUCKET],
  ['Artifacts', NOT_A_BUCKET],
  ['my_artifacts', NOT_A_BUCKET],
  ['-artifacts', NOT_A_BUCKET],
  ['artifacts-', NOT_A_BUCKET],
  ['.artifacts', NOT_A_BUCKET],
  ['192.168.5.4', 'must not look like an IP address: S3 refuses it'],
  ['my..artifacts', 'must not have ".." or a "-" next to a ".": S3 refuses it'],
  ['my-.artifacts', 'must not have ".." or a "-" next to a ".": S3 refuses it'],
  ['my.-artifacts', 'must not have ".." or a "-" next to a ".": S3 refuses it'],
  ['xn--artifacts', 'has a prefix or suffix that S3 keeps for itself'],
  ['sthree-artifacts', 'has a prefix or suffix that S3 keeps for itself'],
  ['artifacts-s3alias', 'has a prefix or suffix that S3 keeps for itself'],
  ['artifacts--ol-s3', 'has a prefix or suffix that S3 keeps for itself'],
  ['company/mlflow', 'must be the bucket alone: write the folder in it as artifactStore.prefix'],
])('a bucket may not be called %s', (bucket, problem) => {
  const lines = linesAbout(`profile: local\nartifactStore: {provider: embedded, bucket: ${bucket}}`);
  expect(lines).toEqual([`artifactStore.bucket: "${bucket}" ${problem}`]);
});

const NO_FOLDER = 'must have no empty folder, "." or "..": write e.g. company/mlflow';
const NO_SLASH = 'must not begin or end with "/": write e.g. company/mlflow';
const NO_PREFIX = 'must be letters, digits and "-", "_", ".", "~", "=", "@" or ":", with "/" between folders: write e.g. company/mlflow';

test.each([
  ['/company/mlflow', NO_SLASH],
  ['company/mlflow/', NO_SLASH],
  ['/', NO_SLASH],
  ['company//mlflow', NO_FOLDER],
  ['company/../mlflow', NO_FOLDER],
  ['..', NO_FOLDER],
  ['company/./mlflow', NO_FOLDER],
  ['company mlflow', NO_PREFIX],
  ['mlflow*', NO_PREFIX],
  ['mlflow?x', NO_PREFIX],
  ['mlflow#x', NO_PREFIX],
  ['mlflow%2e', NO_PREFIX],
  ['größe', NO_PREFIX],
  ['', 'must not be empty: remove it, for all of the bucket'],
  ['a'.repeat(129), 'must be 128 characters or shorter'],
])('a prefix may not be %j', (prefix, problem) => {
  const lines = linesAbout(`profile: local\nartifactStore: {provider: s3, prefix: "${prefix}"}`);
  expect(lines).toEqual([expect.stringMatching(/^artifactStore\.prefix: /)]);
  expect(lines[0]).toContain(problem);
});

test.each(['mlflow', 'company/mlflow', 'team=ml/mlflow@prod', 'a.b_c-d~e', 'a'.repeat(128)])('a prefix may be %s', (prefix) => {
  expect(linesAbout(`profile: local\nartifactStore: {provider: s3, prefix: "${prefix}"}`)).toEqual([]);
});

describe('also refused:', () => {
  test.each<[string, string, ...string[]]>([
    ['an address as a host of the Ingress', 'ingress: {hosts: [10.0.0.1]}', 'ingress.hosts.0: "10.0.0.1" must be a name, not an address: Kubernetes refuses it'],
    ['a label that Kubernetes refuses', 'metrics: {labels: {release: "a b"}}',
      'metrics.labels.release: "a b" must be a label value as Kubernetes takes it: write e.g. prometheus'],
    ['a port that does not exist', 'artifactStore: {provider: s3, endpoint: "http://minio:99999"}',
      'artifactStore.endpoint: "http://minio:99999" must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000'],
    ['half a byte', 'tracking: {temporaryStorage: 2048m}', 'tracking.temporaryStorage: "2048m" must be a quantity of bytes: write e.g. 512Mi or 2Gi'],
  ])('%s', (_what, text, ...lines) => {
    expect(linesAbout(`profile: local\n${text}`)).toEqual(lines);
  });

  test('nothing but comments', () => {
    expect(linesAbout('# c')).toEqual(['is empty: write at least profile: local']);
  });
});

describe('a secret in the file is refused, and not printed:', () => {
  test.each<Row>([
    ['password', 'database: {provider: external, host: db, password: hunter2}', `database.password: ${IS_SECRET}`],
    ['user', 'database: {provider: external, host: db, username: hunter2}', `database.username: ${IS_SECRET}`],
    ['keys of S3', 'artifactStore: {provider: s3, accessKeyId: hunter2, secretAccessKey: hunter2}',
      `artifactStore.accessKeyId: ${IS_SECRET}`, `artifactStore.secretAccessKey: ${IS_SECRET}`],
    ['token', 'token: hunter2', `token: ${IS_SECRET}`],
    ['passphrase', 'tracking: {kekPassphrase: hunter2}', `tracking.kekPassphrase: ${IS_SECRET}`],
    ['webhook key', 'tracking: {webhookKey: hunter2}', `tracking.webhookKey: ${IS_SECRET}`],
    ['value instead of a Secret\'s name', 'tracking: {keysSecret: hunter2!}', `tracking.keysSecret: ${NOT_A_SECRET}`],
    ['values instead of a Secret\'s name', 'tracking: {keysSecret: {key: hunter2}}', 'tracking.keysSecret: must be text'],
    ['credentials in a URL', 'artifactStore: {provider: minio, endpoint: "http://root:hunter2@minio:9000"}',
      'artifactStore.endpoint: must not hold credentials: they belong in a Secret'],
    ['a mapping that holds one', 'namespace: {name: {password: hunter2}}', 'namespace.name: must be text'],
    ['a list that holds one', 'database: {provider: external, host: ["postgresql://u:hunter2@h/db"]}', 'database.host: must be text'],
    ['a list of sections', 'database: [{provider: external, password: hunter2}]', 'database: must have provider: embedded or external'],
    ['a URI instead of a section', 'database: postgresql://mlflow/hunter2', 'database: must have provider: embedded or external'],
    ['credentials in a host', 'database: {provider: external, host: "postgresql://mlflow:hunter2@db/mlflow"}', `database.host: ${NOT_A_HOST}`],
    ['YAML that does not parse', 'database: {password: "hunter2',
      'line 2, column 30: is not YAML: unexpected end of the stream within a double quoted scalar'],
  ])('%s', (_what, text, ...lines) => {
    const printed = linesAbout(`profile: local\n${text}`);
    expect(printed).toEqual(lines);
    expect(printed.join()).not.toContain('hunter2');
  });
});

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
      'internal.tls: is missing, and the other hosts\' TLS ends before the cluster, by which these hosts\' requests may not come: write where theirs ends'],
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
    expect(linesAbout('profile: staging')).toEqual(['profile: "staging" must be local or production']);
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
      `clusterDomain: "X" ${NOT_A_HOST}`,
      'tracking.workers: 8 needs a memory limit of at least 4608Mi (is 2Gi): raise tracking.resources.limits.memory, or run fewer workers',
      'metrics.labels.a: 1 must be text',
    ]);
  });
});

describe('a folder', () => {
  const good = 'profile: local';
  const inNamespace = (name: string) => `${good}\nnamespace: {name: ${name}}`;
  const taken = (file: string) => `${file} would be rendered to the same folder, dist/x: rename one of them`;
  const renamed = 'the file\'s name is the environment\'s: rename it to lower-case letters, digits and "-", e.g. staging.yaml, or remove it';

  test('is read in the order of its names, schema.json and others left alone', () => {
    const { environments } = load({ 'b.yml': inNamespace('b'), 'a.yaml': good, 'schema.json': '{}', 'README.md': '' });
    expect(environments.map(({ name, profile }) => [name, profile])).toEqual([['a', 'local'], ['b', 'local']]);
  });

  test('may hold more environments than are asked for, even wrong ones', () => {
    expect(load({ 'a.yaml': good, 'b.yaml': 'profile: staging' }, ['a']).environments.map(({ name }) => name)).toEqual(['a']);
  });

  test.each<[string, Files, string[] | undefined, string[]]>([
    ['two files of one name', { 'x.yaml': good, 'x.yml': good }, undefined,
      [`environments/x.yaml: ${taken('x.yml')}`, `environments/x.yml: ${taken('x.yaml')}`]],
    ['two files of one name, of which one is asked for', { 'x.yaml': good, 'x.yml': good }, ['x'],
      [`environments/x.yaml: ${taken('x.yml')}`, `environments/x.yml: ${taken('x.yaml')}`]],
    ['two files that differ in case', { 'X.yaml': good, 'x.yaml': good }, undefined,
      [`environments/X.yaml: ${renamed}`, `environments/x.yaml: ${taken('X.yaml')}`]],
    ['a name that Kubernetes refuses', { 'my env.yaml': good }, undefined, [`environments/my env.yaml: ${renamed}`]],
    ['no environment of a name', { 'a.yaml': good, 'b.yaml': inNamespace('b') }, ['a', 'prod'],
      ['environments: there is no environment prod; there are: a, b']],
    ['no environment at all', {}, undefined,
      ['environments: there is no environment file: write one, e.g. environments/local.yaml']],
    ['several wrong files',
      { 'a.yaml': `${good}\ntraking: {}\nnamespace: {name: A}`, 'b.yaml': '', 'c.yaml': inNamespace('c'), 'd.yaml': 'a: b: c' }, undefined, [
        `environments/a.yaml: traking: is not known: did you mean tracking? There are ${TOP_LEVEL}`,
        `environments/a.yaml: namespace.name: "A" ${NOT_A_LABEL}`,
        'environments/b.yaml: is empty: write at least profile: local',
        'environments/d.yaml: line 1, column 5: is not YAML: bad indentation of a mapping entry',
      ]],
  ])('with %s is refused as a whole, with all its problems', (_what, files, only, lines) => {
    expect(load(files, only)).toEqual({ environments: [], lines, warnings: [] });
  });
});

describe('a warning, and no error, is', () => {
  const PRODUCTION = 'database: {provider: external, host: db.example.com}\nartifactStore: {provider: s3}\nnetwork: {clients: [{namespace: training}]}\n';

  test.each<Row>([
    ['one replica in production', `${PRODUCTION}tracking: {replicas: 1}`,
      'tracking.replicas: one pod serves nobody while its node is drained or lost: write 2 or more'],
    ['one replica at rest in production', `${PRODUCTION}tracking: {autoscaling: {minReplicas: 1, maxReplicas: 3}}`,
      'tracking.autoscaling.minReplicas: one pod serves nobody while its node is drained or lost: write 2 or more'],
    ['a port on every node that the policies let nobody use', 'profile: local\nservice: {type: NodePort, nodePort: 30500}',
      'network.clients: has no networks, and what comes by the port of the nodes comes from a node\'s address: '
      + 'add the nodes\' network, e.g. {cidrs: [10.20.0.0/16]}'],
    ['nobody who could use the server', PRODUCTION.replace('network: {clients: [{namespace: training}]}\n', ''),
      'network.clients: is empty, and there is neither gateway nor ingress, so nobody can use the server: add e.g. {namespace: training}'],
    ['nothing else', `${PRODUCTION.replace('namespace: training', 'cidrs: [10.0.0.0/8]')}service: {type: NodePort, nodePort: 30500}\naccess: {mode: basic}`],
    ['nothing locally', 'profile: local\ntracking: {replicas: 1}'],
  ])('%s', (_what, text, ...lines) => {
    expect(warningsAbout(text)).toEqual(lines);
  });
});
