import { entrancesOf, isEncrypted } from '../features/access/entrance';
import { NAME, PORT } from '../features/tracking-server/names';
import type { Environment } from '../features/environment';
import { shellWord } from '../kit/shell';
import { expectedSecrets } from '../features/secret-uses';
import { NAMESPACE_FOLDER, type Manifest } from './manifest';
import { table } from './table';

export interface Rendered {
  readonly environment: Environment;
  readonly manifests: readonly Manifest[];
  /** Where they are. */
  readonly folder: string;
}

/** What the summary says of an environment; small, so that the manifests themselves need not be kept. */
export interface SummaryRow {
  readonly cells: readonly string[];
  /** The Secrets that must exist, in a line. */
  readonly secrets: string;
}

export function summaryRow({ environment, manifests, folder }: Rendered): SummaryRow {
  const cells = [environment.name, String(manifests.length), images(manifests), first(ui(environment)), next(folder, manifests)];
  return { cells, secrets: secretsToMake(environment) };
}

/** Nobody reads more. */
const MOST_ROWS = 20;
const MOST_HOSTS = 5;

/** What was rendered, where the UI will be, and what to do next, as a table; and below it the Secrets that must exist. */
export function summary(rows: readonly SummaryRow[]): string {
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length - shown.length;
  return [
    table(['environment', 'objects', 'images', 'UI', 'next'], shown.map(({ cells }) => cells)),
    ...(more > 0 ? [`and ${more} more, ${rows.length} in all`] : []),
    ...shown.map(({ secrets }) => secrets).filter(Boolean),
  ].join('\n');
}

function images(manifests: readonly Manifest[]): string {
  return [...new Set(manifests.flatMap(({ object }) => imagesOf(object)))].sort().join('\n');
}

/** Of the containers in an object, of whatever kind it is. */
function imagesOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { containers = [], initContainers = [] } = node as Record<string, unknown>;
  const own = [initContainers, containers].flat().flatMap((container) => {
    const image = (container as { image?: unknown } | null)?.image;
    return typeof image === 'string' ? [image] : [];
  });
  return [...own, ...Object.values(node).flatMap(imagesOf)];
}

function first(lines: readonly string[]): string {
  const more = lines.length - MOST_HOSTS;
  return (more > 1 ? [...lines.slice(0, MOST_HOSTS), `and ${more} more`] : lines).join('\n');
}

function ui(environment: Environment): string[] {
  const { service, namespace } = environment;
  const pages = entrancesOf(environment).flatMap((entrance) => entrance.hosts.map((host) => `${isEncrypted(entrance) ? 'https' : 'http'}://${host}`));
  if (pages.length) return pages;
  if (service.type === 'NodePort') return [`http://<a node's address>:${service.nodePort}`];
  return [`http://localhost:${PORT} after`, `kubectl -n ${namespace.name} port-forward svc/${NAME} ${PORT}`];
}

function next(folder: string, manifests: readonly Manifest[]): string {
  const hasOwnFolder = manifests.some(({ file }) => file.startsWith(`${NAMESPACE_FOLDER}/`));
  return `kubectl apply ${[...hasOwnFolder ? [`${folder}/${NAMESPACE_FOLDER}`] : [], folder].map((path) => `-f ${shellWord(path)}`).join(' ')}`;
}

function secretsToMake(environment: Environment): string {
  const keys = new Map<string, readonly string[]>(expectedSecrets(environment).map((use) => [use.name, use.keys]));
  const named = [...keys].map(([name, ofSecret]) => `${name} (${ofSecret.join(', ')})`);
  return named.length ? `${environment.name}: these Secrets must exist in the namespace ${environment.namespace.name}: ${named.join(', ')}` : '';
}
