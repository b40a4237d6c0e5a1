import { environmentSchema } from '../features/environment';
import type { SecretUse } from '../kit/secrets/secret-use';
import { secretUses } from '../features/secret-uses';

/** What people may call as they like. */
const CHOSEN = 'your-secret';

const EXTERNAL = {
  database: { provider: 'external', host: 'db.example.com', administratorSecret: CHOSEN, caSecret: CHOSEN },
  artifactStore: { provider: 'minio', endpoint: 'https://minio.example.com', administratorSecret: CHOSEN, caSecret: CHOSEN },
  tracking: { caSecret: CHOSEN },
};
const SIGN_IN = { mode: 'oidc', issuer: 'https://login.example.com', clientId: 'mlflow', caSecret: CHOSEN };
const HOSTS = { hosts: ['mlflow.example.com'], tls: { provider: 'secret', secret: CHOSEN } };
const BY_CERT_MANAGER = { hosts: ['mlflow.example.com'], tls: { provider: 'cert-manager', issuer: 'letsencrypt' } };

/** Environments that together use every Secret there is. A test holds them against the settings of the schema. */
const ENVIRONMENTS: readonly object[] = [
  { ...EXTERNAL, gateway: HOSTS, access: SIGN_IN, internal: { ...HOSTS, access: SIGN_IN } },
  { ...EXTERNAL, ingress: HOSTS, access: { mode: 'basic' } },
  { database: { ...EXTERNAL.database, clientCertificateSecret: CHOSEN }, gateway: BY_CERT_MANAGER, internal: BY_CERT_MANAGER },
  { profile: 'local', access: { mode: 'basic' } },
  { profile: 'local', ingress: HOSTS, access: SIGN_IN, internal: { ...HOSTS, access: SIGN_IN } },
];

interface Row {
  readonly name: string;
  readonly keys: string;
  readonly purpose: string;
  readonly maker: string;
  /** The settings that name it. */
  readonly paths: readonly string[];
}

/** The table of all Secrets: who makes them, and which value of the file renames them. */
export function secrets(): string {
  const lines = rows().map(({ name, keys, purpose, maker, paths }) => `| ${name} | ${keys} | ${purpose} | ${maker} | ${paths.map(code).join(', ')} |`);
  return [
    '## Secrets\n',
    'You make a Secret before you apply; the summary of `npm run synth` lists those that your file needs, and [production.md](production.md#secrets) '
    + 'has the commands. In a local environment the program makes those of the server and of embedded parts, unless the file names one.\n',
    '| Secret | keys | for | made by | value of the file that renames it |',
    '| --- | --- | --- | --- | --- |',
    ...lines, '',
  ].join('\n');
}

/** Every path of a value that a Secret is for. */
export function pathsOfSecrets(): string[] {
  return rows().flatMap(({ paths }) => paths);
}

function rows(): Row[] {
  const uses = ENVIRONMENTS.flatMap((environment) => secretUses(environmentSchema.parse(environment)));
  const ofPaths = groups(uses, ({ path, maker }) => `${path} ${String(maker === 'cluster')}`).map(rowOf);
  return groups(ofPaths, (row) => JSON.stringify({ ...row, paths: [] })).map((same) => ({ ...same[0]!, paths: same.flatMap(({ paths }) => paths) }));
}

/** The items that have a key in common, in the order in which the keys come. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  return [...new Set(items.map(keyOf))].map((key) => items.filter((item) => keyOf(item) === key));
}

/** One row for all environments that use the Secret of one path. */
function rowOf(uses: readonly SecretUse[]): Row {
  const use = uses.find(({ maker }) => typeof maker !== 'object') ?? uses[0]!;
  const local = uses.find(({ maker }) => typeof maker === 'object');
  const byPeople = local === undefined ? 'you' : `you; locally the program, as ${code(local.name)}`;
  return {
    name: use.maker === 'cluster' ? `${code(use.name)}, as the entrance` : use.name === CHOSEN ? 'as you like' : code(use.name),
    keys: use.keys.map(code).join(', '),
    purpose: use.purpose,
    maker: use.maker === 'cluster' ? 'cert-manager' : byPeople,
    paths: [use.path],
  };
}

function code(text: string): string {
  return `\`${text}\``;
}
