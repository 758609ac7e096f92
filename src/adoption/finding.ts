/** So many ids of rows are named. */
export const SHOWN = 20;

/** Something that was looked at. */
export interface Finding {
  /** A sentence. */
  title: string;
  /** What it is in particular, and what to do. */
  lines: readonly string[];
}

/** @param what in the plural */
export function listed(ids: readonly number[], what: string, sentence: string): Finding | null {
  return ids.length > 0 ? { title: `${what}: ${ids.length}`, lines: [`${sentence} id ${some(ids)}`] } : null;
}

/** @param count of all, where `ids` are the first of them only */
export function some(ids: readonly number[], count = ids.length): string {
  const more = count - SHOWN;
  return `${ids.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
