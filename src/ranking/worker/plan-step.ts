import { Injectable } from '@nestjs/common';
import type { GapTolerantCursor } from '../../background/gap-tolerant-cursor.js';
import { type DaysToRead, LikesReader, unionOfDays } from './likes-reader.js';
import { ChangeFeed, type LikeEventRow } from './change-feed.js';
import { type Checkpoint, PREPARED_ALL } from './ranking-checkpoint.js';

/** Periodic tasks that are due in a step. */
export interface DueTasks {
  selfCheck: boolean;
  /** Look for like events with lower ids that were committed late. */
  lookBack: boolean;
}

interface PlanInput extends DueTasks {
  before: Checkpoint;
  /** Milliseconds since 1970. */
  time: number;
  /** The position in `like_event`. */
  cursor: GapTolerantCursor;
  /** Properties that the last step skipped, or that rested. */
  skipped: ReadonlyMap<number, DaysToRead>;
  /** False while changed properties wait for their step: then no further changes of properties are read. */
  readsChanges: boolean;
}

export interface StepPlan {
  events: readonly LikeEventRow[];
  /** The search version up to which changes of properties have been read. */
  searchedTo: number;
  /** Properties to recompute because of an input or an earlier skip. */
  requested: ReadonlyMap<number, DaysToRead>;
  /** The next batch of all property ids, for a rebuild or the self-check; empty when neither runs. */
  scanned: readonly number[];
  /** The last id of `scanned`; null when the scan has reached the end. */
  scannedTo: number | null;
  /** `requested` and `scanned`. */
  toRecompute: ReadonlyMap<number, DaysToRead>;
  /** Whether the step reads all inputs that there are. */
  readsAll: boolean;
  isChecking: boolean;
}

// Limits per step, which is one transaction.
const MAX_EVENTS = 2_000;
const MAX_DUE_PROPERTIES = 2_000;
const MAX_SEARCH_VERSIONS = 5;
const MAX_SCANNED_PROPERTIES = 1_000;

@Injectable()
export class StepPlanner {
  constructor(
    private readonly feed: ChangeFeed,
    private readonly likes: LikesReader,
  ) {}

  /** Reads the next inputs and decides which properties to recompute. Writes nothing. */
  async plan({
    before,
    time,
    cursor,
    skipped,
    readsChanges,
    selfCheck,
    lookBack,
  }: PlanInput): Promise<StepPlan> {
    const { feed } = this;
    const next = await feed.findEvents(cursor, MAX_EVENTS);
    const late = lookBack ? await feed.findLateEvents(cursor, MAX_EVENTS) : [];
    const events = [...next, ...late];
    const { searchVersion } = await feed.findNewest();
    const searchedTo = Math.min(
      searchVersion,
      before.searchVersion + (readsChanges ? MAX_SEARCH_VERSIONS : 0),
    );
    const changed = await feed.findChanged(before.searchVersion, searchedTo);
    const due = await feed.findDue(time, MAX_DUE_PROPERTIES);
    const requested = new Map<number, DaysToRead>([...changed, ...due].map((id) => [id, new Set()]));
    for (const [id, days] of [...skipped, ...(await this.#daysOfEvents(events))])
      requested.set(id, unionOfDays(requested.get(id), days));

    const readsAll =
      events.length < MAX_EVENTS && due.length < MAX_DUE_PROPERTIES && searchedTo === searchVersion;
    // With inputs unread, the self-check would report properties that are only not yet recomputed.
    // The same holds while some properties lack the windows of the next day.
    const isPreparing = before.preparedTo !== null && before.preparedTo !== PREPARED_ALL;
    const isChecking = selfCheck && before.rebuiltTo === null && readsAll && !isPreparing;
    const scanFrom = isChecking ? before.checkedTo : before.rebuiltTo;
    const scanned = scanFrom === null ? [] : await feed.findPropertyIds(scanFrom, MAX_SCANNED_PROPERTIES);
    const scannedTo = scanned.length < MAX_SCANNED_PROPERTIES ? null : (scanned.at(-1) as number);
    const toRecompute = new Map<number, DaysToRead>([
      ...requested,
      ...scanned.map((id) => [id, 'all'] as const),
    ]);
    return { events, searchedTo, requested, scanned, scannedTo, toRecompute, readsAll, isChecking };
  }

  /** The days of each property that like events change: the day of the event and, for an unlike, the day of its like. */
  async #daysOfEvents(events: readonly LikeEventRow[]): Promise<Map<number, DaysToRead>> {
    const unlikes = events.filter(({ action }) => action === 'unliked');
    const likeDays = await this.likes.findDaysOfPairs(unlikes);
    const days = [...events.map(({ property_id: id, day }) => ({ id, day })), ...likeDays];
    return new Map(
      [...Map.groupBy(days, ({ id }) => id)].map(([id, rows]): [number, DaysToRead] => [
        id,
        // A like without a time has day 1, but a date range does not find it.
        rows.some(({ day }) => day <= 1) ? 'all' : new Set(rows.map(({ day }) => day)),
      ]),
    );
  }
}

/** The plan with these properties to be recomputed from all their likes. */
export function withAllDays(plan: StepPlan, ids: readonly number[]): StepPlan {
  const all = ids.map((id) => [id, 'all'] as const);
  return {
    ...plan,
    requested: new Map([...plan.requested, ...all]),
    toRecompute: new Map([...plan.toRecompute, ...all]),
  };
}
