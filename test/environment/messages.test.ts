import { database, ingress, limits, linesAbout, s3, server, signIn, store } from './refused';

/* What is told of a mistake, and what is not. */

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
