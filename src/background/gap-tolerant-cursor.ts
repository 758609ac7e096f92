// A missing id is given up after this time: longer than any transaction that writes the table stays open.
const GIVE_UP_MS = 120_000;

/**
 * Read position in an append-only table. Ids are assigned in order, but rows become visible in commit order, and the id of a
 * rolled-back transaction never does. So the reader looks again for missing ids between `settled` and `last`, until each was
 * read or is given up. After a restart it reads again from `settled`: reading a row twice must do no harm. Immutable.
 */
export class GapTolerantCursor {
  /**
   * @param settled every id up to this one was read or given up
   * @param last the highest id that was read
   * @param seen the ids between `settled` and `last` that were read
   * @param marks past values of `last` with their times, oldest first
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

  /** True when the id was read or given up. */
  hasSeen(id: number): boolean {
    return id <= this.settled || this.seen.has(id);
  }

  /**
   * The cursor after reading `ids`.
   * @param ids late ids below `last`, and the next ids above it; every visible id up to the highest of them must be included
   * @param now milliseconds of a monotonic clock
   */
  afterReading(ids: readonly number[], now: number): GapTolerantCursor {
    const last = ids.reduce((highest, id) => Math.max(highest, id), this.last);
    const marks = last > this.last ? [...this.marks, { at: now, last }] : [...this.marks];
    let settled = this.settled;
    for (let [oldest] = marks; oldest && oldest.at <= now - GIVE_UP_MS; [oldest] = marks) {
      settled = Math.max(settled, oldest.last);
      marks.shift();
    }
    const seen = new Set(this.seen);
    for (const id of ids) seen.add(id);
    while (seen.has(settled + 1)) settled++;
    // Iterates over the ids read, because a gap may be billions of ids wide.
    if (settled > this.settled) for (const id of seen) if (id <= settled) seen.delete(id);
    return new GapTolerantCursor(settled, last, seen, marks);
  }
}
