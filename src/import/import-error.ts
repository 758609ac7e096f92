/** Ends an import; its message is meant for the person who started it. */
export class ImportError extends Error {}

/** What is wrong with one row. */
export interface Fault {
  /** The same for every row that has this fault, so that they can be counted. */
  readonly kind: string;
  /** For this row: names its value. */
  readonly reason: string;
}

/** A fault whose reason names no value. */
export function faultOfAnyRow(reason: string): Fault {
  return { kind: reason, reason };
}
