import type { TableRow } from './ranking-rows.js';

export interface RowDiff {
  /** Derived rows that are not stored, or stored with other values. */
  toWrite: TableRow[];
  /** Stored rows that were not derived. */
  toDelete: TableRow[];
  /** The stored rows that are to be written or deleted, except those where only `due_at` differs. */
  changedRows: TableRow[];
  /** The properties of both, except those where only `due_at` differs. */
  changedIds: number[];
}

// Relative. Sums of fractions may differ in their last digits.
const TOLERANCE = 1e-12;

/** Compares stored rows with derived rows. The key is `property_id`, with `day` where the rows have it. */
export function diffRows(stored: readonly TableRow[], derived: readonly TableRow[]): RowDiff {
  const keyOf = (row: TableRow): string => `${row['property_id']} ${row['day'] ?? ''}`;
  const unmatched = new Map(stored.map((row) => [keyOf(row), row]));
  const toWrite: TableRow[] = [];
  const changedRows: TableRow[] = [];
  const changedIds: number[] = [];
  for (const row of derived) {
    const before = unmatched.get(keyOf(row));
    unmatched.delete(keyOf(row));
    const columns = Object.keys(row).filter((column) => !before || !isSame(row[column], before[column]));
    if (columns.length === 0) continue;
    toWrite.push(row);
    if (columns.every((column) => column === 'due_at')) continue;
    changedIds.push(Number(row['property_id']));
    if (before) changedRows.push(before);
  }
  const toDelete = [...unmatched.values()];
  changedIds.push(...toDelete.map((row) => Number(row['property_id'])));
  changedRows.push(...toDelete);
  return { toWrite, toDelete, changedRows, changedIds };
}

function isSame(
  derived: string | number | null | undefined,
  stored: string | number | null | undefined,
): boolean {
  if (typeof derived !== 'number' || stored === null || stored === undefined) return derived === stored;
  const distance = Math.abs(Number(stored) - derived);
  return Number.isInteger(derived) ? distance === 0 : distance <= Math.abs(derived) * TOLERANCE;
}
