// Longer than any transaction that writes the log stays open.
const PATIENCE_MS = 120_000;

/**
 * Where to read on in a table that only grows. Its keys are handed out in order, but rows come to be seen in the order in
 * which their transactions commit, and some never: so what lies between `settled` and `last` is looked at again, until it is
 * complete or too old. After a restart what is above `settled` is read again: reading a row twice must do no harm.
 */
export class GapTolerantCursor {
  /**
   * @param settled up to here every row was read, or will never come
   * @param last the highest id that was read
   * @param seen the ids between them that were read
   * @param marks when `last` was what
   */
  private constructor(
    readonly settled: number,
    readonly last: number,
    private readonly seen: ReadonlySet<number>,
    private readonly marks: readonly { at: number; last: number }[],
  ) {}

  static from(settled: number): GapTolerantCursor {
    return new GapTolerantCursor(settled, settled, new Set(), []);
  }

  hasSeen(id: number): boolean {
    return id <= this.settled || this.seen.has(id);
  }

  /**
   * Where to read on then.
   * @param ids that were read: the next ones after `last`, without leaving out any that could be seen, and late ones
   * @param now milliseconds of a clock that is never set
   */
  took(ids: readonly number[], now: number): GapTolerantCursor {
    const last = ids.reduce((highest, id) => Math.max(highest, id), this.last);
    const marks = last > this.last ? [...this.marks, { at: now, last }] : [...this.marks];
    let given = this.settled;
    for (let [oldest] = marks; oldest && oldest.at <= now - PATIENCE_MS; [oldest] = marks) {
      given = oldest.last;
      marks.shift();
    }
    const seen = new Set(this.seen);
    for (const id of ids) seen.add(id);
    let settled = Math.max(this.settled, given);
    while (seen.has(settled + 1)) settled++;
    // Not id by id: a gap may be wide.
    if (settled > this.settled) for (const id of seen) if (id <= settled) seen.delete(id);
    return new GapTolerantCursor(settled, last, seen, marks);
  }
}
