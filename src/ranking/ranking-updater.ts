import type { EntityManager } from '@mikro-orm/mysql';
import { Parts } from '../database/parts.js';
import { inTransaction, orNothing } from '../database/transaction.js';
import { LikesReader } from './likes-reader.js';
import { LogTail } from '../database/log-tail.js';
import { type Fact, RankingFeed } from './ranking-feed.js';
import { RankingWriter, type State, type Touch } from './ranking-writer.js';
import { DAY_MS, dayOf } from './score.js';

export interface RankingSettings {
  halfLifeDays: number;
  /** Of the database's dates, `±hh:mm`. */
  zone: string;
}

/** What a step has done. */
export interface StepReport {
  /** Homes that were worked out anew. */
  homes: number;
  /** Facts that were read. */
  facts: number;
  /** Homes that the self-check looked at, and those of them that were wrong; they are right now. */
  checked: number;
  drifted: number[];
  /** Whether there is more to do than one step does. */
  more: boolean;
}

/** A home that other programs were changing when it should have been worked out. */
interface Left {
  touch: Touch;
  /** How far had been read before: after a crash it is found from there. */
  since: Pick<State, 'factId' | 'searchVersion'>;
}

interface Done {
  state: State;
  tail: LogTail;
  left: ReadonlyMap<number, Left>;
  isChecking: boolean;
  report: StepReport;
}

// What one transaction does at most.
const FACTS = 2_000;
const DUE = 2_000;
const VERSIONS = 5;
const SLICE = 1_000;
const BATCH = 500;
const CHECK_MS = 60_000;
// Rows that come late are looked for among so many at once every time, among more once a second.
const FEW_LATE = 1_000;
const LATE_MS = 1_000;
// A clock that was set back by less is waited for.
const CLOCK_STEP_MS = 5_000;
// After a longer absence everything is worked out anew, rather than day by day.
const MOST_DAYS = 7;
// Transactions that are under way when everything is made anew have facts with lower ids than the highest.
const IN_FLIGHT = 10_000;
/** For so long who reads page after page finds what homes had when they began. */
export const PAST_MS = 3_600_000;

/**
 * Keeps the ranking what the likes say. It never adds to a number: it works a home out anew, from the likes that stand,
 * when a fact names it, when it has changed itself, and when the clock makes it due. So a fact that is read twice, late, or
 * after a crash counts once; and how far it has read is noted down in the transaction that used what it read.
 */
export class RankingUpdater {
  // The first check comes at once.
  #checkedAt = -Infinity;
  #lateAt = -Infinity;
  #left: ReadonlyMap<number, Left> = new Map();
  readonly #parts = new Parts(BATCH);
  /** When which version was written, the youngest last. */
  readonly #versions: { at: number; version: number }[] = [];

  private constructor(
    private readonly em: EntityManager,
    private readonly settings: RankingSettings,
    private state: State,
    private tail: LogTail,
  ) {}

  /** A half-life that differs from that of the scores begins a rebuild. */
  static async start(em: EntityManager, settings: RankingSettings): Promise<RankingUpdater> {
    const state = await inTransaction(em, async (own) => {
      const before = await new RankingWriter(own, settings.zone).lock();
      return before.halfLifeDays === settings.halfLifeDays ? before : begin(own, before, settings);
    });
    return new RankingUpdater(em, settings, state, LogTail.from(state.factId));
  }

  /** Does a part of what there is to do; null: there is nothing. */
  async step(): Promise<StepReport | null> {
    const now = performance.now();
    const { settled, last } = this.tail;
    const plan = {
      checks: now - this.#checkedAt > CHECK_MS,
      looksBack: settled < last && (last - settled < FEW_LATE || now - this.#lateAt > LATE_MS),
    };
    if (!plan.checks && !(await this.#hasWork(plan.looksBack))) return null;
    const done = await inTransaction(this.em, (em) => this.#run(em, plan));
    // Only now: a transaction that is given up and run again starts from what was so before it.
    this.state = done.state;
    this.tail = done.tail;
    this.#left = done.left;
    this.#versions.push({ at: now, version: done.state.version });
    if (done.isChecking) this.#checkedAt = now;
    if (plan.looksBack) this.#lateAt = now;
    return done.report;
  }

  async #hasWork(looksBack: boolean): Promise<boolean> {
    const now = Date.now();
    if (this.state.rebuiltTo !== null || looksBack || this.#left.size > 0) return true;
    if (dayOf(now) !== this.state.day || now < this.state.countedTo - CLOCK_STEP_MS) return true;
    const { lastFact, searchVersion, dueAt } = await new RankingFeed(this.em, this.settings.zone).signals();
    return (
      lastFact > this.tail.last || searchVersion > this.state.searchVersion || (dueAt ?? Infinity) <= now
    );
  }

  async #run(
    em: EntityManager,
    { checks, looksBack }: { checks: boolean; looksBack: boolean },
  ): Promise<Done> {
    const writer = new RankingWriter(em, this.settings.zone);
    const feed = new RankingFeed(em, this.settings.zone);
    // What it has read before homes were left is not noted down before they are done.
    const before = { ...withClock(await writer.lock()), searchVersion: this.state.searchVersion };
    const time = timeOf(before);

    const next = await feed.findFacts(this.tail, FACTS);
    const late = looksBack ? await feed.findLateFacts(this.tail, FACTS) : [];
    const facts = [...next, ...late];
    const { searchVersion } = await feed.signals();
    const searchedTo = Math.min(searchVersion, before.searchVersion + VERSIONS);
    const moved = await feed.findMoved(before.searchVersion, searchedTo);
    const due = await feed.findDue(time, DUE);
    const touched = new Map<number, Touch>([...moved, ...due].map((id) => [id, new Set()]));
    const named = [...this.#left].map(([id, { touch }]) => [id, touch] as const);
    for (const [id, touch] of [...named, ...(await this.#daysOf(em, facts))])
      touched.set(id, union(touched.get(id), touch));

    const isRebuilding = before.rebuiltTo !== null;
    // While there is work left over, what is not done yet would look wrong.
    const isDone = facts.length < FACTS && due.length < DUE && searchedTo === searchVersion;
    const isChecking = checks && !isRebuilding && isDone;
    const sliceFrom = isChecking ? before.checkedTo : before.rebuiltTo;
    const slice = sliceFrom === null ? [] : await feed.findHomes(sliceFrom, SLICE);
    const sliceTo = slice.length < SLICE ? null : (slice.at(-1) as number);

    const all = new Map<number, Touch>([...touched, ...slice.map((id) => [id, 'all'] as const)]);
    const homes = [...all].toSorted(([a], [b]) => a - b);
    const moment = { time, halfLifeDays: before.halfLifeDays ?? this.settings.halfLifeDays };
    const changed = new Set<number>();
    const stay = await this.#parts.run(
      homes.map(([id]) => id),
      async (ids) => {
        const batch = new Map(ids.map((id) => [id, all.get(id) as Touch]));
        const done = await orNothing(em, () =>
          writer.refresh(batch, moment, before.version + 1, { waits: false }),
        );
        for (const id of done.changed) changed.add(id);
        return done.left;
      },
    );
    const since = { factId: this.tail.settled, searchVersion: before.searchVersion };
    const left = new Map<number, Left>();
    for (const id of stay)
      // What is only checked will be checked again.
      if (!isChecking || touched.has(id))
        left.set(id, { since, ...this.#left.get(id), touch: all.get(id) as Touch });
    const rolls = isDone && dayOf(Date.now()) > before.day;
    if (rolls) await writer.roll(before.day + 1);
    await writer.purgePast(this.#oldVersion());

    const tail = this.tail.took(
      facts.map(({ id }) => id),
      performance.now(),
    );
    const state: State = {
      ...before,
      factId: tail.settled,
      searchVersion: searchedTo,
      version: before.version + (changed.size > 0 || rolls ? 1 : 0),
      rebuiltTo: isRebuilding ? sliceTo : null,
      checkedTo: isChecking ? (sliceTo ?? 0) : before.checkedTo,
      countedTo: homes.length > 0 ? time : before.countedTo,
      day: before.day + (rolls ? 1 : 0),
    };
    const read = [state, ...[...left.values()].map((home) => home.since)];
    await writer.save({
      ...state,
      factId: Math.min(...read.map(({ factId }) => factId)),
      searchVersion: Math.min(...read.map(({ searchVersion }) => searchVersion)),
    });
    const checked = isChecking ? slice : [];
    return {
      state,
      tail,
      left,
      isChecking,
      report: {
        homes: homes.length,
        facts: facts.length,
        checked: checked.length,
        drifted: checked.filter((id) => changed.has(id) && !touched.has(id)),
        // After a day has ended time goes on.
        more: !isDone || state.rebuiltTo !== null || rolls,
      },
    };
  }

  /** The days of each home that facts name: that of the fact, and that of a like that was taken back. */
  async #daysOf(em: EntityManager, facts: readonly Fact[]): Promise<Map<number, Touch>> {
    const takenBack = facts.filter(({ action }) => action === 'unliked');
    const liked = await new LikesReader(em, this.settings.zone).findDaysOfPairs(takenBack);
    const days = [...facts.map(({ property_id: id, day }) => ({ id, day })), ...liked];
    return new Map(
      [...Map.groupBy(days, ({ id }) => id)].map(([id, named]): [number, Touch] => [
        id,
        // What has no time is not found by its day.
        named.some(({ day }) => day <= 1) ? 'all' : new Set(named.map(({ day }) => day)),
      ]),
    );
  }

  /** The youngest version that is too old to be asked for; 0 where none is known. */
  #oldVersion(): number {
    const now = performance.now();
    const old = this.#versions.findLastIndex(({ at }) => at < now - 1.25 * PAST_MS);
    if (old > 0) this.#versions.splice(0, old);
    return old < 0 ? 0 : (this.#versions[0]?.version ?? 0);
  }
}

function union(one: Touch | undefined, other: Touch): Touch {
  if (one === 'all' || other === 'all') return 'all';
  return new Set([...(one ?? []), ...other]);
}

/** All homes are worked out anew, the first next. */
export async function begin(em: EntityManager, before: State, settings: RankingSettings): Promise<State> {
  const { lastFact } = await new RankingFeed(em, settings.zone).signals();
  // From their likes: the long history before need not be read.
  const factId = before.halfLifeDays === null ? Math.max(0, lastFact - IN_FLIGHT) : before.factId;
  const after = {
    ...before,
    halfLifeDays: settings.halfLifeDays,
    factId,
    rebuiltTo: 0,
    day: dayOf(Date.now()),
  };
  await new RankingWriter(em, settings.zone).save(after);
  return after;
}

/** What likes are counted for: the present, but not beyond the day that the windows end with. */
export function timeOf({ countedTo, day }: State): number {
  return Math.min(Math.max(Date.now(), countedTo), (day + 1) * DAY_MS - 1);
}

/**
 * After the clock was set back, likes were counted that are still to come, and after a long absence many days have
 * ended: everything is worked out again.
 */
function withClock(state: State): State {
  const now = Date.now();
  const isBack = now < state.countedTo - CLOCK_STEP_MS || dayOf(now) < state.day;
  const isLate = dayOf(now) > state.day + MOST_DAYS;
  return isBack || isLate ? { ...state, countedTo: now, day: dayOf(now), rebuiltTo: 0 } : state;
}
