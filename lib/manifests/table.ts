/** A table with lines around its cells, which may have several lines each. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.split('\n')));
  const widths = head.map((_, column) => cells.reduce((most, row) => row[column]!.reduce((width, line) => Math.max(width, line.length), most), 0));
  const rule = (left: string, middle: string, right: string) => left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const drawn = cells.map((row) => {
    const height = row.reduce((most, lines) => Math.max(most, lines.length), 0);
    return Array.from({ length: height }, (_, line) => `│${row.map((lines, column) => ` ${(lines[line] ?? '').padEnd(widths[column]!)} `).join('│')}│`).join('\n');
  });
  return [rule('┌', '┬', '┐'), drawn.join(`\n${rule('├', '┼', '┤')}\n`), rule('└', '┴', '┘')].join('\n');
}
