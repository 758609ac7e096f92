/** Ids that were not there though higher ones were, both included. */
interface Gap {
  readonly from: number;
  readonly to: number;
  /** When what is not there by then will never come. */
  readonly until: number;
}

// Longer than any transaction that writes the log stays open.
const PATIENCE_MS = 120_000;
const MOST_GAPS = 500;

/**
 * Where to read on in a table that only grows. Its keys are handed out in order, but rows come to be seen in the order in
 * which their transactions commit, and some never: so an id that was left out is asked for again until it is too old.
 * After a restart what is above `settled` is read again: reading a row twice must do no harm.
 */
export class LogTail {
  /** @param last up to here everything was read, but for the gaps */
  constructor(
    readonly last: number,
    readonly gaps: readonly Gap[] = [],
  ) {}

  /** Up to here everything was read, or will never come. */
  get settled(): number {
    return (this.gaps[0]?.from ?? this.last + 1) - 1;
  }

  /**
   * Where to read on then.
   * @param ids that were found: after `last`, in order and without leaving any out, and in the gaps
   * @param now milliseconds of a clock that is never set
   */
  took(ids: readonly number[], now: number): LogTail {
    const found = ids.toSorted((a, b) => a - b);
    const gapsIn = ({ from, to, until }: Gap): Gap[] => {
      const borders = [from - 1, ...found.filter((id) => from <= id && id <= to), to + 1];
      return borders.flatMap((id, i) => {
        const before = borders[i - 1] ?? id;
        return before + 1 < id ? [{ from: before + 1, to: id - 1, until }] : [];
      });
    };
    const last = Math.max(this.last, ...found.slice(-1));
    const young = { from: this.last + 1, to: last, until: now + PATIENCE_MS };
    const gaps = [...this.gaps.filter(({ until }) => until > now), young].flatMap(gapsIn);
    return new LogTail(last, gaps.slice(-MOST_GAPS));
  }
}
