import { outcomeAt, type Trace } from './model';

/**
 * Rows that a text is in: name, operation, service, id, status or outcome, in any case. Several words
 * must all be there. Without a text: nothing.
 */
export function search(t: Trace, text: string): Int32Array {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return new Int32Array(0);
  const found: number[] = [];
  for (let row = 0; row < t.count; row++) {
    const status = t.status[row] ? String(t.status[row]) : '';
    const all =
      `${t.name(row)}\n${t.operation(row)}\n${t.service(row)}\n${t.ids[row]}\n${status}\n${outcomeAt(t, row)}`.toLowerCase();
    if (words.every(w => all.includes(w))) found.push(row);
  }
  return Int32Array.from(found);
}

/** The next row of a list after (or before) a row, around the end. */
export function following(rows: Int32Array, row: number, back: boolean): number | undefined {
  if (rows.length === 0) return undefined;
  if (back) return rows.findLast(r => r < row) ?? rows[rows.length - 1];
  return rows.find(r => r > row) ?? rows[0];
}
