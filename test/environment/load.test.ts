import { render } from '../../lib/manifests/render';
import { linesAbout, load, TOP_LEVEL, type Files, warningsAbout } from './refused';

const NOT_A_LABEL = 'must be lower-case letters, digits and "-", at most 63, as Kubernetes names are: write e.g. mlflow';
const NOT_A_HOST = 'must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com';
const NOT_A_SECRET = 'must be the name of a Secret, never a value: write e.g. mlflow-database';
const IS_SECRET = 'is a secret, or part of one, and must not be in an environment file: put it into a Secret and name that Secret here';
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

describe('also refused:', () => {
  test.each<[string, string, ...string[]]>([
    ['an address as a host of the Ingress', 'ingress: {hosts: [10.0.0.1]}', 'ingress.hosts.0: "10.0.0.1" must be a name, not an address: Kubernetes refuses it'],
    ['a label that Kubernetes refuses', 'metrics: {labels: {release: "a b"}}',
      'metrics.labels.release: must be a label value as Kubernetes takes it: write e.g. prometheus'],
    ['a port that does not exist', 'artifactStore: {provider: s3, endpoint: "http://minio:99999"}',
      'artifactStore.endpoint: must be an http or https URL of a host and perhaps a port: write e.g. http://minio.example.com:9000'],
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
    ['values instead of a Secret\'s name', 'tracking: {keysSecret: {key: hunter2}}', `tracking.keysSecret: ${NOT_A_SECRET}`],
    ['credentials in a URL', 'artifactStore: {provider: minio, endpoint: "http://root:hunter2@minio:9000"}',
      'artifactStore.endpoint: must not hold credentials: they belong in a Secret'],
    ['a mapping that holds one', 'namespace: {name: {password: hunter2}}', `namespace.name: ${NOT_A_LABEL}`],
    ['a list that holds one', 'database: {provider: external, host: ["postgresql://u:hunter2@h/db"]}', `database.host: ${NOT_A_HOST}`],
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

describe('a folder', () => {
  const good = 'profile: local';
  const inNamespace = (name: string) => `${good}\nnamespace: {name: ${name}}`;
  const taken = (file: string) => `${file} would be rendered to the same folder, dist/x: rename one of them`;
  const renamed = 'the file\'s name is the environment\'s: rename it to lower-case letters, digits and "-", e.g. staging.yaml, or remove it';

  test('is read in the order of its names, schema.json and others left alone', () => {
    const { environments } = load({ 'b.yml': inNamespace('b'), 'a.yaml': good, 'schema.json': '{}', 'README.md': '' });
    expect(environments.map(({ name, profile }) => [name, profile])).toEqual([['a', 'local'], ['b', 'local']]);
  });

  const inherited = Object.getOwnPropertyNames(Object.prototype);
  test.each([...inherited, ...inherited.map((name) => name.toLowerCase())])('may hold one called %s, as a part of JavaScript is, or tells to rename it', (name) => {
    const { environments, lines } = load({ [`${name}.yaml`]: good }, [name]);
    if (/^[a-z]+$/.test(name)) expect(environments.map((each) => [each.name, render(each).length > 5])).toEqual([[name, true]]);
    else expect(lines).toEqual([`environments/${name}.yaml: ${renamed}`]);
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
        `environments/a.yaml: namespace.name: ${NOT_A_LABEL}`,
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
