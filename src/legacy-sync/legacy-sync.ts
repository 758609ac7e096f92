import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from '@mikro-orm/mysql';
import { GapTolerantCursor } from '../background/gap-tolerant-cursor.js';
import { BatchRunner } from '../background/batch-runner.js';
import { LikeEventSync } from '../likes/like-event-sync.js';
import { DerivedDataRefresh } from '../properties/write/derived-data-refresh.js';
import { LegacySyncReader, type Change, type State } from './legacy-sync-reader.js';

/** What a step has done. */
export interface StepReport {
  /** Homes that other programs have changed, or whose status they have. */
  homes: number;
  /** Likes that they have written. */
  likes: number;
  /** What only the sweep found: facts of likes that are gone, and cities whose homes are fewer. */
  swept: number;
  more: boolean;
}

interface Followed {
  count: number;
  more: boolean;
}

const ROWS = 2_000;
// Rows are locked while they are brought up to date.
const PART = 100;
// Longer than any transaction of another program stays open: what it changes is dated when it does, and seen when it ends.
const WINDOW_SECONDS = 120;
const RECENT_SECONDS = 2;
// How often it is looked for what came late.
const LATE_MS = 3_000;
// A hundred homes each: a million of them in 17 hours.
const SWEEP_MS = 6_000;
const SWEEPS_AGAIN = 5;

/**
 * Follows what other programs write into the old tables: rows of histories by their ids, changes of homes by their time. What
 * the service has written itself is found to be known. What leaves no trace, a sweep through all homes finds within a day.
 */
export class LegacySync {
  #lateAt = -Infinity;
  /** Where in the changes it is, as long as there are more than a page of them, and until when they were at the first page. */
  #page: Change | null = null;
  #pagesTo: string | null = null;
  #statuses: GapTolerantCursor;
  #likes: GapTolerantCursor;
  #sweptAt = performance.now();
  #sweptAgain = 0;
  readonly #homeParts = new BatchRunner(PART, 'property');
  readonly #likeParts = new BatchRunner(PART, 'property_likes');

  private constructor(
    private readonly reader: LegacySyncReader,
    private readonly homes: DerivedDataRefresh,
    private readonly history: LikeEventSync,
    private state: State,
  ) {
    this.#statuses = GapTolerantCursor.from(state.statusHistoryId);
    this.#likes = GapTolerantCursor.from(state.likeId);
  }

  /**
   * @param em whose connection does all of it
   * @param zone of the database
   */
  static async start(em: EntityManager, zone: string): Promise<LegacySync> {
    const reader = new LegacySyncReader(em);
    return new LegacySync(
      reader,
      new DerivedDataRefresh(em),
      new LikeEventSync(em, zone),
      await reader.findState(),
    );
  }

  /** @param options.late whether to look for what came late, too; it takes longer the more is written */
  async step({
    late = performance.now() - this.#lateAt > LATE_MS,
    sweeps = performance.now() - this.#sweptAt > SWEEP_MS,
  } = {}): Promise<StepReport> {
    const before = this.state;
    if (late) this.#lateAt = performance.now();
    const statuses = await this.#followStatuses(late);
    const changes = await this.#followChanges(late);
    const likes = await this.#followLikes(late);
    const swept = sweeps ? await this.#sweep() : 0;
    if (!isDeepStrictEqual(this.state, before)) await this.reader.save(this.state);
    return {
      homes: statuses.count + changes.count,
      likes: likes.count,
      swept,
      more: statuses.more || changes.more || likes.more,
    };
  }

  async #followStatuses(withLate: boolean): Promise<Followed> {
    const rows = await this.reader.findRows('status_history', this.#statuses, withLate, ROWS);
    const stale = await this.reader.findStale([...new Set(rows.map((row) => row.property_id))]);
    const left = await this.#refresh(stale);
    // Not only when it is looked for what came late.
    if (left.size > 0) this.#lateAt = -Infinity;
    this.#statuses = this.#statuses.took(
      rows.filter((row) => !left.has(row.property_id)).map(({ id }) => id),
      performance.now(),
    );
    this.state = { ...this.state, statusHistoryId: this.#statuses.settled };
    return { count: stale.length - left.size, more: rows.length >= ROWS };
  }

  async #followChanges(withLate: boolean): Promise<Followed> {
    const since = { at: this.state.changedTo, seconds: withLate ? WINDOW_SECONDS : RECENT_SECONDS };
    // Before: what comes after is looked for the next time.
    if (!this.#page) this.#pagesTo = await this.reader.findLastChange();
    const changes = await this.reader.findChanges(since, this.#page, ROWS);
    const unseen = changes.filter((change) => !change.isSeen).map(({ id }) => id);
    const left = await this.#refresh(unseen);
    const more = changes.length === ROWS;
    this.#page = more ? (changes.at(-1) as Change) : null;
    if (!more) this.state = { ...this.state, changedTo: this.#pagesTo };
    return { count: unseen.length - left.size, more };
  }

  async #followLikes(withLate: boolean): Promise<Followed> {
    const rows = await this.reader.findRows('property_likes', this.#likes, withLate, ROWS);
    const ids = rows.map(({ id }) => id);
    let count = 0;
    const left = await this.#likeParts.run(ids, async (part) => {
      const report = await this.history.record(part);
      count += report.count;
      return report.left;
    });
    if (left.size > 0) this.#lateAt = -Infinity;
    this.#likes = this.#likes.took(
      ids.filter((id) => !left.has(id)),
      performance.now(),
    );
    this.state = { ...this.state, likeId: this.#likes.settled };
    return { count, more: rows.length >= ROWS };
  }

  /** Looks at a part of all homes, and at a city, whether they are what they should be. */
  async #sweep(): Promise<number> {
    const homes = await this.reader.findHomes(this.state.sweptTo, PART);
    const left = await this.#refresh(homes);
    const { count: facts, isWhole } = await this.history.reconcile(homes);
    const city = await this.homes.nextCity(this.state.sweptCity);
    const recounted = city !== undefined && (await this.homes.recount(city));
    // What others are changing is looked at again, a few times.
    const stays = !(isWhole && left.size === 0) && this.#sweptAgain < SWEEPS_AGAIN;
    this.#sweptAgain = stays ? this.#sweptAgain + 1 : 0;
    const next = homes.length < PART ? 0 : (homes.at(-1) as number);
    const sweptTo = stays ? this.state.sweptTo : next;
    this.state = { ...this.state, sweptTo, sweptCity: city ?? '' };
    this.#sweptAt = performance.now();
    return facts + (recounted ? 1 : 0);
  }

  #refresh(ids: readonly number[]): Promise<Set<number>> {
    return this.#homeParts.run(ids, (part) => this.homes.refresh(part));
  }
}
