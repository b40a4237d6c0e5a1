import { table } from '../../lib/manifests/table';
import { get } from '../e2e/kubectl';

/** What is measured, of this platform, of the chart, and the digits after the point. */
export type Row = readonly [what: string, ours: number, theirs: number, digits: number];

interface Nodes {
  readonly items: readonly { readonly status: { readonly capacity: { readonly cpu: string; readonly memory: string } } }[];
}

/** Date and the cluster's size, for the numbers to mean something later. */
export async function circumstances(): Promise<string> {
  const { items } = await get<Nodes>('nodes');
  const sizes = items.map(({ status: { capacity } }) => `${capacity.cpu} cores and ${Math.round(parseInt(capacity.memory) / 2 ** 20)} GiB`);
  return `${new Date().toISOString().slice(0, 10)}, ${items.length} nodes: ${sizes.join(', ')}`;
}

/** Prints for the eye, and in Markdown. */
export async function print(head: readonly string[], rows: readonly Row[], about: string): Promise<void> {
  const cells = rows.map(([what, ours, theirs, digits]) => [what, ours.toFixed(digits), theirs.toFixed(digits), ratio(ours, theirs)]);
  await printCells(head, cells, about);
}

export async function printCells(head: readonly string[], cells: readonly (readonly string[])[], about: string): Promise<void> {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  console.log([`${await circumstances()}; ${about}`, table(head, cells), '', line(head), line(head.map(() => '---')), ...cells.map(line)].join('\n'));
}

function ratio(ours: number, theirs: number): string {
  return theirs > 0 && Number.isFinite(ours) ? (ours / theirs).toFixed(2) : '';
}
