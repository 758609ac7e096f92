/** A finding names at most this many ids of rows. */
export const MAX_SHOWN_IDS = 20;

/** One result of the check. */
export interface Finding {
  /** A sentence without its full stop. */
  title: string;
  /** Details, and what to do. */
  lines: readonly string[];
}

/** @returns one finding, or none unless `found` */
export function findingIf(found: boolean, title: string, lines: readonly string[]): Finding[] {
  return found ? [{ title, lines }] : [];
}

/**
 * A finding about rows.
 * @param subject the rows, in the plural
 * @param advice a sentence; the ids follow it
 * @returns none without ids
 */
export function rowsFinding(ids: readonly number[], subject: string, advice: string): Finding[] {
  return findingIf(ids.length > 0, `${subject}: ${ids.length}`, [`${advice} id ${listIds(ids)}`]);
}

/** @param count how many rows there are, if `ids` has only the first of them */
export function listIds(ids: readonly number[], count = ids.length): string {
  const more = count - MAX_SHOWN_IDS;
  return `${ids.slice(0, MAX_SHOWN_IDS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
