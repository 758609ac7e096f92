/** Ends an import. The message is shown to the user of the command. */
export class ImportError extends Error {}

/** The reason why one row is rejected. */
export interface RowFault {
  /** Equal for all rows with this fault; the summary counts rows by kind. */
  readonly kind: string;
  /** Shows the value of this row. */
  readonly reason: string;
}

/** A fault whose reason shows no value. */
export function rowFault(reason: string): RowFault {
  return { kind: reason, reason };
}
