import { database, ingress, limits, linesAbout, load, PRODUCTION, s3, server, signIn, store } from './refused';

/* What is told of a mistake, and what is not. */

describe('nothing that may be a secret is printed:', () => {
  const values = [
    ...[
      'postgresql://u:hunter2@db/x', 'host=db password=hunter2', 'db;Password=hunter2', 'jdbc:postgresql://db/x?user=u&password=hunter2', 'https://db/?password=hunter2',
      'u:hunter2', 'hunter2@db', 'mongodb+srv://u:hunter2@db', 'Server=db;Pwd=hunter2', 'db --password hunter2', 'ghp_hunter2hunter2hunter2', '//u:hunter2@db',
      '{{ hunter2 }}', '$hunter2', 'hunter2#x', 'hunter2!', 'S3cretHunter2', 'redis://:hunter2@h', 'AKIAHUNTER2EXAMPLE:hunter2', 'mlflow/hunter2', 'db.example.com/mlflow/hunter2',
      'mlflow hunter2 db.example.com', '-p hunter2', 'HUNTER2', 'HUNTER2.', 'HUNTER_2', 'mlflow.hunter2', 'mlflow,hunter2', 'MLFLOW*HUNTER2', 'hunter2 ',
    ].map((value) => [value, 'hunter']),
    ...[
      'WINTER2024', 'Geheim-2024', 'Qwertz.2024', 'Sommer 2024', 'correct horse battery', 'CorrectHorseBattery', 'Correct.Horse.Battery', 'Hunter-two', 'ASIAABCDEFGHIJKLMNOP',
      'ghp_AAAAbbbbCCCCddddEEEE', 'sk-ant-abcdefghijklmnopqrstuvwxyz', 'xoxb-abc-def-ghi', '00000000-1111-2222-3333-444455556666', 'deadbeefdeadbeef', '01234567890123456789012345678901',
      'wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY', 'c29tZXNlY3JldA.x', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.AbCdEf', 'SG.AbCdEf.GhIjKl', '12345678', 'пароль123',
    ].map((value) => [value, value]),
    ['mlflow:20240101', '20240101'], ['http://mlflow:12345', '12345'], ['https://hooks.slack.com/services/T00000000/B00000000/abcdef', 't00000000'],
    ['https://x.example.com/a1b2c3d4', 'a1b2'], ['https://x.example.com?sig=abcd', 'abcd'], ['https://user.example.com:12345/x@db.example.com', 'user'],
  ] as [string, string][];
  const isKey = (value: string) => /^[\w./-]{1,80}$/.test(value); // which is told as the place of what is wrong
  test.each(values)('%s', (value, part) => {
    const quoted = JSON.stringify(value);
    for (const text of [
      database(`host: ${quoted}`), database(`host: a.example.com, name: ${quoted}`), database(`host: a.example.com, port: ${quoted}`), database(`host: a.example.com, sslMode: ${quoted}`),
      store(`endpoint: ${quoted}`), store(`endpoint: "http://minio.example.com", bucket: ${quoted}`), s3(`region: ${quoted}`), s3(`prefix: ${quoted}`), signIn(`issuer: ${quoted}`),
      signIn(`issuer: "https://b.example.com", keysUrl: ${quoted}`), signIn(`issuer: "https://login.example.com", groupsClaim: ${quoted}`),
      signIn(`issuer: "https://login.example.com", scopes: [${quoted}]`), server(`keysSecret: ${quoted}`), server(`version: ${quoted}`), server(`temporaryStorage: ${quoted}`),
      ingress(`className: ${quoted}`), ingress(`tls: ${quoted}`), ingress(`tls: {provider: secret, secret: ${quoted}}`), `profile: ${quoted}`, `profile: local\nnamespace: {name: ${quoted}}`,
      `profile: local\nclusterDomain: ${quoted}`, `profile: local\ncluster: ${quoted}`, `profile: local\ndatabase: ${quoted}`, `profile: local\naccess: {mode: ${quoted}}`,
      `profile: local\nmetrics: {labels: {a: ${quoted}}}`, `profile: local\nnetwork: {clients: [{cidrs: [${quoted}]}]}`, `profile: local\nnetwork: {destinations: [{host: ${quoted}, port: 443}]}`,
      `profile: local\ningress: {hosts: [${quoted}, ${quoted}]}`, database(`host: a.example.com, secret: ${quoted}, administratorSecret: ${quoted}`),
      store(`endpoint: "http://minio.example.com", caSecret: ${quoted}`), `profile: local\naccess: {mode: basic, databaseName: ${quoted}}`,
      database(`host: a.example.com, name: ${quoted}`).concat(`\naccess: {mode: basic, databaseName: ${quoted}}`), `profile: local\ningress: {hosts: [a.example.com]}\n`
        + `access: {mode: oidc, issuer: "https://login.example.com", clientId: ${quoted}, secret: a, cookieSecret: a}`,
      ...isKey(value) ? [] : [`profile: local\n${quoted}: {}`, database(`host: a.example.com, ${quoted}: 1`), `profile: local\nmetrics: {labels: {${quoted}: a b}}`],
    ]) {
      const { lines, warnings } = load({ 'x.yaml': text }); // neither, where it happens to be right
      expect([...lines, ...warnings].join('\n').toLowerCase()).not.toContain(part.toLowerCase());
    }
  });

  test.each(['*hunter2', '&hunter2 x', '!hunter2 x', '!!hunter2 x', '!a!hunter2 x', '@hunter2', '`hunter2', '"hunter2', '{hunter2', '[hunter2', '%hunter2'])('YAML: %s', (value) => {
    expect(linesAbout(`profile: local\ntoken: ${value}`).join('\n')).not.toContain('hunter2');
    expect(linesAbout(`${value}\n---\na: [`).join('\n')).not.toContain('hunter2');
  });

  test.each([
    ['a host', database('host: Db.example.com'), '"Db.example.com"'], ['a host with a port', database('host: "db.example.com:5432"'), '"db.example.com…"'],
    ['a URL', database('host: "https://db.example.com/x"'), '"https://db.example.com…"'], ['a quantity', limits('memory: 2 GB'), '"2 GB"'],
    ['a network of IPv6', 'profile: local\nnetwork: {clients: [{cidrs: ["::ffff:0:0/96"]}]}', '"::ffff:0:0/96"'], ['a number', server('replicas: 51'), '51'],
    ['what is nearly a known word', 'profile: locla', '"locla"'], ['a word for a truth value', 'profile: local\nmetrics: {serviceMonitor: "yes"}', '"yes"'],
    ['nearly a kind', 'profile: local\ndatabase: {provider: extrenal}', '"extrenal"'], ['an address', database('host: 300.1.2.3'), '"300.1.2.3"'],
  ])('and what helps is: %s', (_what, text, shown) => {
    expect(linesAbout(text)[0]).toContain(shown);
  });
});

describe('a character that is invisible, or looks like another, is named:', () => {
  test.each([
    [database('host: "db.example.com\\u00a0"'), 'database.host: holds U+00A0 at character 15: delete it'], [database('host: "db\\u200b.example.com"'), 'holds U+200B at character 3: delete it'],
    [database('host: "db\\u00ad.example.com"'), 'holds U+00AD at character 3'], [database('host: "d\\u0430ta.example.com"'), 'holds U+0430 at character 2: write a plain letter'],
    [server('version: “3.17.2”'), 'holds U+201C at character 1: write plain quotes'], ['profile: local\nnamespace: {name: "ml\\u0455"}', 'namespace.name: holds U+0455'],
    ['profile: local\nclusterDomain: |\n  cluster.local\n', 'clusterDomain: holds U+000A at character 14: a line end'],
    ['profile: local\ntracking:\n  replicas: 2\n  "thre\\u0430ds": 2', 'is a key that holds U+0430 at character 5'], ['profile: local\n\u00a0tracking: {}', 'is a key that holds U+00A0 at character 1: delete it'],
  ])('%j', (text, part) => {
    expect(linesAbout(text)).toEqual([expect.stringContaining(part)]);
  });
});

describe('a key that is not known brings no advice about what it was meant to say:', () => {
  test.each([
    ['profil: local', 'profil: '], ['databse: {provider: external, host: db.example.com}\nartifactStore: {provider: s3}', 'databse: '], ['host: db.example.com\nartifactStore: {provider: s3}', 'host: '],
    [`${PRODUCTION}ingress: {hosts: [a.example.com], tsl: {provider: secret, secret: a}}\naccess: {mode: basic}`, 'ingress.tsl: '],
    [`${PRODUCTION}ingress: {hosts: [a.example.com], tls: {provider: before-cluster}}\nacces: {mode: basic}`, 'acces: '],
  ])('%s', (text, start) => {
    expect(linesAbout(text)).toEqual([expect.stringMatching(new RegExp(`^${start.replaceAll('.', '\\.')}is not known`))]);
  });
});

test('of very many problems the first hundred are told, soon', () => {
  const begin = process.cpuUsage();
  const lines = linesAbout(`profile: local\nnetwork: {clients: [{cidrs: [${Array(20_000).fill('10.0.0.1').join(', ')}]}]}`);
  expect(lines).toHaveLength(101);
  expect(lines[100]).toBe('has 19900 more such problems: mend these first');
  expect(process.cpuUsage(begin).user).toBeLessThan(4e6); // microseconds of CPU, whatever else runs: one second of them
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
