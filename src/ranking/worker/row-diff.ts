import type { Row } from './ranking-rows.js';

export interface Difference {
  /** Fresh rows that are not there as they are. */
  written: Row[];
  /** Rows that should not be there. */
  gone: Row[];
  /** The homes of both, but for those where only the time of the next change differs. */
  changed: number[];
}

// The last digits of a sum of fractions are no difference.
const TOLERANCE = 1e-12;

/** What has to be done to the rows that stand so that they are the fresh ones; both are of `property_id` and maybe `day`. */
export function difference(standing: readonly Row[], fresh: readonly Row[]): Difference {
  const keyOf = (row: Row): string => `${row['property_id']} ${row['day'] ?? ''}`;
  const old = new Map(standing.map((row) => [keyOf(row), row]));
  const written: Row[] = [];
  const changed: number[] = [];
  for (const row of fresh) {
    const before = old.get(keyOf(row));
    old.delete(keyOf(row));
    const columns = Object.keys(row).filter((column) => !before || !same(row[column], before[column]));
    if (columns.length === 0) continue;
    written.push(row);
    if (columns.some((column) => column !== 'due_at')) changed.push(Number(row['property_id']));
  }
  const gone = [...old.values()];
  return { written, gone, changed: [...changed, ...gone.map((row) => Number(row['property_id']))] };
}

// The driver gives large integers as text.
function same(
  value: string | number | null | undefined,
  before: string | number | null | undefined,
): boolean {
  if (typeof value !== 'number' || before === null || before === undefined) return value === before;
  const distance = Math.abs(Number(before) - value);
  return Number.isInteger(value) ? distance === 0 : distance <= Math.abs(value) * TOLERANCE;
}
