import { load } from './refused';

const OUTSIDE = 'database: {provider: external, host: db.example.com}\nartifactStore: {provider: minio, endpoint: "http://minio.example.com:9000"}\nnetwork: {clients: [{namespace: training}]}';

/** What two files say, and what of it is refused or warned of, without the files' names. */
function about(a: string, b: string, only?: readonly string[]) {
  const { lines, warnings } = load({ 'a.yaml': a, 'b.yaml': b }, only);
  const short = (line: string) => line.replaceAll(/environments\/(\w)\.yaml/g, '$1');
  return { refused: lines.map(short), warned: warnings.map(short) };
}

/** Two files, each in a namespace and with a database and a bucket of its own, except what they are told to have. */
function both(a: string, b: string = a): [string, string] {
  const file = (name: string, more: string) => `profile: local\n${more.includes('namespace:') ? '' : `namespace: {name: ${name}}\n`}${more}`;
  return [file('one', a), file('two', b)];
}

const NOTHING = { refused: [], warned: [] };
const twice = (path: string, what: string) => {
  const rest = ', too, and each environment must have its own: write another one, or, where the two are in different clusters, name those by cluster';
  return [`a: ${path}: ${what} is that of b${rest}`, `b: ${path}: ${what} is that of a${rest}`];
};

test('two environments that have nothing in common are taken', () => {
  expect(about(...both(''))).toEqual(NOTHING);
});

describe('two environments of one cluster may not have in common', () => {
  test.each<[string, string, string, string, string]>([
    ['a namespace', 'namespace.name', 'the namespace mlflow', 'namespace: {name: mlflow}', 'namespace: {}'],
    ['a database', 'database.name', 'the database mlflow at db.example.com:5432', 'database: {provider: external, host: db.example.com}',
      'database: {provider: external, host: db.example.com, port: 5432, name: mlflow, secret: other}'],
    ['the database of users', 'access.databaseName', 'the database mlflow_users at db.example.com:5432',
      'database: {provider: external, host: db.example.com, name: one}\naccess: {mode: basic}', 'database: {provider: external, host: db.example.com, name: two}\naccess: {mode: basic}'],
    ['a bucket', 'artifactStore.bucket', 'the bucket mlflow-artifacts at minio.example.com', 'artifactStore: {provider: minio, endpoint: "http://minio.example.com"}',
      'artifactStore: {provider: s3, endpoint: "http://minio.example.com:80/"}'],
    ['a bucket of Amazon, in whatever region', 'artifactStore.bucket', 'the bucket mlflow-artifacts at s3.us-east-1.amazonaws.com', 'artifactStore: {provider: s3}', 'artifactStore: {provider: s3}'],
    ['a folder of a bucket', 'artifactStore.prefix', 'the folder a/b of the bucket mlflow-artifacts at s3.us-east-1.amazonaws.com',
      'artifactStore: {provider: s3, prefix: a/b}', 'artifactStore: {provider: s3, prefix: a/b}'],
    ['a host', 'ingress.hosts', 'the host a.example.com', 'ingress: {hosts: [a.example.com]}', 'ingress: {hosts: [b.example.com, a.example.com]}'],
    ['a port of the nodes', 'service.nodePort', 'the port 30500 of the nodes', 'service: {type: NodePort, nodePort: 30500}\nnetwork: {clients: [{cidrs: [10.0.0.0/8]}]}',
      'service: {type: NodePort, nodePort: 30500}\nnetwork: {clients: [{cidrs: [10.0.0.0/8]}]}'],
  ])('%s', (_what, path, what, a, b) => {
    expect(about(...both(a, b)).refused).toEqual(twice(path, what));
    expect(about(...both(`${a}\ncluster: east`, `${b}\ncluster: east`)).refused).toEqual(twice(path, what));
  });

  test('a Service, however its name is written', () => {
    const names = ['postgres.data.svc', 'postgres.data.svc.cluster.local'];
    for (const host of names) {
      expect(about(...both('namespace: {name: data}\ndatabase: {provider: external, host: postgres}', `database: {provider: external, host: ${host}}`)).refused).toHaveLength(2);
    }
    expect(about(...both(...names.map((host) => `database: {provider: external, host: ${host}}`) as [string, string])).refused).toHaveLength(2);
  });

  test('a Service, of which one names a pod', () => {
    expect(about(...both('database: {provider: external, host: pg-0.pg.data.svc}', 'database: {provider: external, host: pg.data.svc.cluster.local}')).refused).toHaveLength(2);
    const store = (host: string) => `artifactStore: {provider: minio, endpoint: "http://${host}:9000"}`;
    expect(about(...both(store('minio-0.minio.data.svc'), store('minio.data.svc'))).refused).toHaveLength(2);
  });

  test('a bucket of Amazon, of which one is named by an endpoint of a private network', () => {
    expect(about(...both('artifactStore: {provider: s3, region: us-east-1}',
      'artifactStore: {provider: s3, region: us-east-1, endpoint: "https://bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com"}')).refused).toHaveLength(2);
  });

  test('a bucket of Amazon, in two regions, which cannot both have it', () => {
    expect(about(...both('artifactStore: {provider: s3, region: eu-west-1}', 'artifactStore: {provider: s3, endpoint: "https://s3.us-east-1.amazonaws.com"}')).refused).toHaveLength(2);
  });

  test.each(['', ', prefix: a', ', prefix: a/b'])('a bucket, where the folder of one has that of the other in it: %j', (outer) => {
    expect(about(...both(`artifactStore: {provider: s3${outer}}`, 'artifactStore: {provider: s3, prefix: a/b/c}')).refused).toHaveLength(2);
  });

  test('hosts of two entrances', () => {
    expect(about(...both('ingress: {hosts: [a.example.com]}', 'gateway: {hosts: [b.example.com]}\ninternal: {hosts: [a.example.com]}')).refused).toEqual([
      expect.stringMatching(/^a: ingress\.hosts: the host a\.example\.com is that of b/), expect.stringMatching(/^b: internal\.hosts: the host a\.example\.com is that of a/),
    ]);
  });
});

describe('two environments of one cluster may have', () => {
  test.each([
    ['one server with a database for each', 'database: {provider: external, host: db.example.com, name: one}', 'database: {provider: external, host: db.example.com, name: two}'],
    ['one database name at two servers', 'database: {provider: external, host: a.example.com}', 'database: {provider: external, host: b.example.com}'],
    ['one database name at two ports', 'database: {provider: external, host: a.example.com}', 'database: {provider: external, host: a.example.com, port: 6432}'],
    ['one store with a bucket for each', 'artifactStore: {provider: s3, bucket: one}', 'artifactStore: {provider: s3, bucket: two}'],
    ['one bucket with a folder for each', 'artifactStore: {provider: s3, prefix: a/b}', 'artifactStore: {provider: s3, prefix: a/bc}'],
    ['one bucket name at two stores', 'artifactStore: {provider: s3}', 'artifactStore: {provider: s3, endpoint: "https://s3.example.com"}'],
    ['a Service of one name in each namespace', 'database: {provider: external, host: postgres}', 'database: {provider: external, host: postgres}'],
  ])('%s', (_what, a, b) => {
    expect(about(...both(a, b)).refused).toEqual([]);
  });
});

test.each([
  ['database.name', 'database: {provider: external, host: a.example.com}', 'database: {provider: external, host: a.example.com, port: 6432}'],
  ['artifactStore.bucket', 'artifactStore: {provider: minio, endpoint: "http://a.example.com:9000"}', 'artifactStore: {provider: minio, endpoint: "https://a.example.com"}'],
  ['artifactStore.bucket', 'artifactStore: {provider: minio, endpoint: "http://a.example.com"}', 'artifactStore: {provider: minio, endpoint: "https://a.example.com"}'],
])('two environments are warned of what may be one place by two ports: %s', (path, a, b) => {
  const line = (file: string) => expect.stringMatching(new RegExp(`^${file}: ${path}: warning: .* may be that of [ab], too, by another port: are these two servers\\?$`)) as string;
  for (const more of ['', '\ncluster: east']) expect(about(...both(a, b + more))).toEqual({ refused: [], warned: [line('a'), line('b')] });
});

describe('two environments of two clusters', () => {
  const inTwo = (a: string, b = a) => about(...both(`cluster: east\n${a}`, `cluster: west\n${b}`));

  test.each([
    ['a namespace', 'namespace: {name: mlflow}'],
    ['a port of the nodes', 'service: {type: NodePort, nodePort: 30500}\nnetwork: {clients: [{cidrs: [10.0.0.0/8]}]}'],
    ['a Service', 'database: {provider: external, host: postgres.data.svc.cluster.local}'],
    ['a Service by its short name', 'namespace: {name: data, create: false}\ndatabase: {provider: external, host: postgres}'],
    ['a store in the cluster', 'artifactStore: {provider: minio, endpoint: "http://minio.data.svc:9000"}'],
    ['a server that the file places in the cluster', 'database: {provider: external, host: postgres.data}\nnetwork: {database: {namespace: data}}'],
    ['a host of one label', 'ingress: {hosts: [mlflow]}'],
  ])('may have in common %s', (_what, text) => {
    expect(inTwo(text)).toEqual(NOTHING);
  });

  test.each([
    ['a database', 'database: {provider: external, host: db.example.com}', 'database.name: warning: the database mlflow at db.example.com:5432 is that of'],
    ['a bucket', 'artifactStore: {provider: s3}', 'artifactStore.bucket: warning: the bucket mlflow-artifacts at s3.us-east-1.amazonaws.com is that of'],
    ['a host', 'ingress: {hosts: [a.example.com]}', 'ingress.hosts: warning: the host a.example.com is that of'],
  ])('are warned of that they have in common %s that all clusters share', (_what, text, start) => {
    expect(inTwo(text)).toEqual({
      refused: [], warned: [`a: ${start} b, too, in another cluster: are both to use it?`, `b: ${start} a, too, in another cluster: are both to use it?`],
    });
  });

  test('of which one is that of all files that name none', () => {
    expect(about('profile: local', 'profile: local\ncluster: east')).toEqual(NOTHING);
  });
});

describe('a file that is not asked for', () => {
  test('is compared with those that are, in either order', () => {
    for (const name of ['a', 'b']) {
      expect(about('profile: local', 'profile: local', [name]).refused).toEqual([expect.stringMatching(`^${name}: namespace.name: the namespace mlflow is that of`)]);
    }
  });

  test('is not told of what it has in common with another such', () => {
    expect(load({ 'a.yaml': 'profile: local', 'b.yaml': 'profile: local', 'c.yaml': 'profile: local\nnamespace: {name: c}' }, ['c']).lines).toEqual([]);
  });

  test('is left out where it is wrong, and no word is said of it', () => {
    expect(about('profile: local', 'profile: local\nnamespace: {name: mlflow}\ntraking: {}', ['a'])).toEqual(NOTHING);
    expect(about('profile: local', `${OUTSIDE}\ntracking: {replicas: 1}\nnamespace: {name: two}`, ['a'])).toEqual(NOTHING);
  });
});

test('of many environments that share something each is told one other', () => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`e${String(index).padStart(2, '0')}.yaml`, 'profile: local']));
  const { lines } = load(files);
  expect(lines).toHaveLength(50);
  expect(lines[0]).toContain('is that of environments/e01.yaml');
  expect(lines[49]).toContain('is that of environments/e00.yaml');
});
