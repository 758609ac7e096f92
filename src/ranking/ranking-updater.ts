import type { EntityManager } from '@mikro-orm/mysql';
import { inTransaction } from '../database/transaction.js';
import { LogTail } from './log-tail.js';
import { RankingFeed } from './ranking-feed.js';
import { RankingWriter, type State } from './ranking-writer.js';

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

// What one transaction does at most.
const FACTS = 2_000;
const DUE = 2_000;
const VERSIONS = 20;
const SLICE = 1_000;
const BATCH = 500;
const CHECK_MS = 60_000;
// A clock that was set back by less is waited for.
const CLOCK_STEP_MS = 5_000;
// Transactions that are under way when everything is made anew have facts with lower ids than the highest.
const IN_FLIGHT = 10_000;

/**
 * Keeps the ranking what the likes say. It never adds to a number: it works a home out anew, from the likes that stand,
 * when a fact names it, when it has changed itself, and when the clock makes it due. So a fact that is read twice, late, or
 * after a crash counts once; and how far it has read is noted down in the transaction that used what it read.
 */
export class RankingUpdater {
  // The first check comes at once.
  #checkedAt = -Infinity;

  private constructor(
    private readonly em: EntityManager,
    private readonly settings: RankingSettings,
    private state: State,
    private tail: LogTail,
  ) {}

  /** A half-life that differs from that of the scores begins a rebuild. */
  static async start(em: EntityManager, settings: RankingSettings): Promise<RankingUpdater> {
    const state = await inTransaction(em, (own) => takeHalfLife(own, settings));
    return new RankingUpdater(em, settings, state, new LogTail(state.factId));
  }

  /** Does a part of what there is to do; null: there is nothing. */
  async step(): Promise<StepReport | null> {
    const checks = performance.now() - this.#checkedAt > CHECK_MS;
    if (!checks && !(await this.#hasWork())) return null;
    const done = await inTransaction(this.em, (em) => this.#run(em, checks));
    // Only now: a transaction that is given up and run again starts from what was so before it.
    this.state = done.state;
    this.tail = done.tail;
    if (done.isChecking) this.#checkedAt = performance.now();
    return done.report;
  }

  async #hasWork(): Promise<boolean> {
    const now = Date.now();
    if (this.state.rebuiltTo !== null || this.tail.gaps.length > 0) return true;
    if (now < this.state.countedTo - CLOCK_STEP_MS) return true;
    const { lastFact, searchVersion, dueAt } = await new RankingFeed(this.em).signals();
    return (
      lastFact > this.tail.last || searchVersion > this.state.searchVersion || (dueAt ?? Infinity) <= now
    );
  }

  async #run(
    em: EntityManager,
    checks: boolean,
  ): Promise<{ state: State; tail: LogTail; isChecking: boolean; report: StepReport }> {
    const writer = new RankingWriter(em, this.settings.zone);
    const feed = new RankingFeed(em);
    const before = withClock(await writer.lock());
    const time = Math.max(Date.now(), before.countedTo);

    const facts = await feed.findFacts(this.tail, FACTS);
    const { searchVersion } = await feed.signals();
    const searchedTo = Math.min(searchVersion, before.searchVersion + VERSIONS);
    const moved = await feed.findMoved(before.searchVersion, searchedTo);
    const due = await feed.findDue(time, DUE);
    const touched = new Set([...facts.map((fact) => fact.property_id), ...moved, ...due]);

    const isRebuilding = before.rebuiltTo !== null;
    // While there is work left over, what is not done yet would look wrong.
    const isDone = facts.length < FACTS && due.length < DUE && searchedTo === searchVersion;
    const isChecking = checks && !isRebuilding && isDone;
    const sliceFrom = isChecking ? before.checkedTo : before.rebuiltTo;
    const slice = sliceFrom === null ? [] : await feed.findHomes(sliceFrom, SLICE);
    const sliceTo = slice.length < SLICE ? null : (slice.at(-1) as number);

    const homes = [...new Set([...touched, ...slice])].toSorted((a, b) => a - b);
    const changed = new Set<number>();
    for (let start = 0; start < homes.length; start += BATCH) {
      const batch = homes.slice(start, start + BATCH);
      const halfLifeDays = before.halfLifeDays ?? this.settings.halfLifeDays;
      for (const id of await writer.refresh(batch, time, halfLifeDays, before.version + 1)) changed.add(id);
    }

    const tail = this.tail.took(
      facts.map(({ id }) => id),
      performance.now(),
    );
    const state: State = {
      ...before,
      factId: tail.settled,
      searchVersion: searchedTo,
      version: before.version + (changed.size > 0 ? 1 : 0),
      rebuiltTo: isRebuilding ? sliceTo : null,
      checkedTo: isChecking ? (sliceTo ?? 0) : before.checkedTo,
      countedTo: homes.length > 0 ? time : before.countedTo,
    };
    await writer.save(state);
    const checked = isChecking ? slice : [];
    const drifted = checked.filter((id) => changed.has(id) && !touched.has(id));
    return {
      state,
      tail,
      isChecking,
      report: {
        homes: homes.length,
        facts: facts.length,
        checked: checked.length,
        drifted,
        more: !isDone || state.rebuiltTo !== null,
      },
    };
  }
}

/** Scores of another half-life, or none, have to be made anew: from the first home on. */
export async function takeHalfLife(em: EntityManager, settings: RankingSettings): Promise<State> {
  const writer = new RankingWriter(em, settings.zone);
  const before = await writer.lock();
  if (before.halfLifeDays === settings.halfLifeDays) return before;
  const { lastFact } = await new RankingFeed(em).signals();
  // All homes are about to be worked out from their likes: the long history before need not be read.
  const factId = before.halfLifeDays === null ? Math.max(0, lastFact - IN_FLIGHT) : before.factId;
  const after = { ...before, halfLifeDays: settings.halfLifeDays, factId, rebuiltTo: 0 };
  await writer.save(after);
  return after;
}

/** After the clock was set back, likes were counted that are still to come: everything is worked out again. */
function withClock(state: State): State {
  const now = Date.now();
  return now < state.countedTo - CLOCK_STEP_MS ? { ...state, countedTo: now, rebuiltTo: 0 } : state;
}
