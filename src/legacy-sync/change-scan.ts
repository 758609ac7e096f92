import type { LegacySyncReader, PropertyChange, ScanRange } from './legacy-sync-reader.js';

interface Running {
  range: ScanRange;
  /** The last change that was read. */
  position: PropertyChange | null;
}

/**
 * Reads the changed properties by `updated_at`, page by page, again and again. `updated_at` is the time of a statement, but a row
 * becomes visible at its commit. So each scan begins some time before the scan before began: a row that was not visible then was
 * changed after that. The times are those of the database's clock, so nothing is read twice once it is older than the look-back.
 */
export class ChangeScan {
  #running: Running | null = null;

  /**
   * @param lookBackSeconds the longest transaction whose changes this scan finds
   * @param since when the last complete scan began; null to begin with the first change
   */
  constructor(
    private readonly reader: LegacySyncReader,
    private readonly lookBackSeconds: number,
    private since: string | null,
  ) {}

  /** When the last complete scan began, by the database's clock: changes that were committed before were read. */
  get completedTo(): string | null {
    return this.since;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The next page; begins a scan when none is running. The caller processes it, and then calls `advance`. */
  async read(limit: number): Promise<PropertyChange[]> {
    this.#running ??= {
      range: await this.reader.findScanRange(this.since, this.lookBackSeconds),
      position: null,
    };
    return this.reader.findChanges(this.#running.range, this.#running.position, limit);
  }

  /** Moves behind the page that `read` returned. @returns true when there may be another page */
  advance(page: readonly PropertyChange[], limit: number): boolean {
    if (this.#running && page.length === limit) {
      this.#running.position = page.at(-1) as PropertyChange;
      return true;
    }
    this.since = this.#running?.range.to ?? this.since;
    this.#running = null;
    return false;
  }
}
