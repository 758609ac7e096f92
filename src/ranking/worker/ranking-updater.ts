import type { EntityManager } from '@mikro-orm/mysql';
import { GapTolerantCursor } from '../../background/gap-tolerant-cursor.js';
import { BatchRunner } from '../../background/batch-runner.js';
import { inTransaction, orNothing } from '../../database/transaction.js';
import { PAST_MS } from '../model/ranking.entity.js';
import type { Touch } from './likes-reader.js';
import { ChangeFeed } from './change-feed.js';
import {
  begin,
  CLOCK_STEP_MS,
  lockState,
  type RankingSettings,
  saveState,
  type State,
  timeOf,
  withClock,
} from './ranking-checkpoint.js';
import { findWork, type Plan, type Work } from './plan-step.js';
import { RankingWriter } from './ranking-writer.js';
import { dayOf } from '../model/score.js';

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
  tail: GapTolerantCursor;
  left: ReadonlyMap<number, Left>;
  isChecking: boolean;
  report: StepReport;
}

const BATCH = 500;
const CHECK_MS = 60_000;
// Rows that come late are looked for among so many at once every time, among more once a second.
const FEW_LATE = 1_000;
const LATE_MS = 1_000;

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
  readonly #parts = new BatchRunner(BATCH, 'ranking of property');
  /** When which version was written, the youngest last. */
  readonly #versions: { at: number; version: number }[] = [];

  private constructor(
    private readonly em: EntityManager,
    private readonly settings: RankingSettings,
    private state: State,
    private tail: GapTolerantCursor,
  ) {}

  /** A half-life that differs from that of the scores begins a rebuild. */
  static async start(em: EntityManager, settings: RankingSettings): Promise<RankingUpdater> {
    const state = await inTransaction(em, async (own) => {
      const before = await lockState(own);
      return before.halfLifeDays === settings.halfLifeDays ? before : begin(own, before, settings);
    });
    return new RankingUpdater(em, settings, state, GapTolerantCursor.from(state.factId));
  }

  /** Does a part of what there is to do; null: there is nothing. */
  async step(): Promise<StepReport | null> {
    const now = performance.now();
    const { settled, last } = this.tail;
    const plan: Plan = {
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
    const { lastFact, searchVersion, dueAt } = await new ChangeFeed(this.em, this.settings.zone).signals();
    return (
      lastFact > this.tail.last || searchVersion > this.state.searchVersion || (dueAt ?? Infinity) <= now
    );
  }

  async #run(em: EntityManager, plan: Plan): Promise<Done> {
    // What it has read before homes were left is not noted down before they are done.
    const before = { ...withClock(await lockState(em)), searchVersion: this.state.searchVersion };
    const time = timeOf(before);
    const work = await findWork(em, this.settings.zone, {
      ...plan,
      before,
      time,
      tail: this.tail,
      left: new Map([...this.#left].map(([id, { touch }]) => [id, touch])),
    });
    const { facts, homes, searchedTo, isDone, isChecking, slice, sliceTo } = work;
    const { changed, left } = await this.#workOut(em, before, time, work);

    const writer = new RankingWriter(em, this.settings.zone);
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
      rebuiltTo: before.rebuiltTo === null ? null : sliceTo,
      checkedTo: isChecking ? (sliceTo ?? 0) : before.checkedTo,
      countedTo: homes.size > 0 ? time : before.countedTo,
      day: before.day + (rolls ? 1 : 0),
    };
    const read = [state, ...[...left.values()].map((home) => home.since)];
    await saveState(em, {
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
        homes: homes.size,
        facts: facts.length,
        checked: checked.length,
        drifted: checked.filter((id) => changed.has(id) && !work.touched.has(id)),
        // After a day has ended time goes on.
        more: !isDone || state.rebuiltTo !== null || rolls,
      },
    };
  }

  /** @returns the homes whose numbers differed, and those that are left for the next time */
  async #workOut(
    em: EntityManager,
    before: State,
    time: number,
    { homes, touched, isChecking }: Work,
  ): Promise<{ changed: Set<number>; left: Map<number, Left> }> {
    const writer = new RankingWriter(em, this.settings.zone);
    const moment = { time, halfLifeDays: before.halfLifeDays ?? this.settings.halfLifeDays };
    const changed = new Set<number>();
    const ids = [...homes.keys()].toSorted((a, b) => a - b);
    const stay = await this.#parts.run(ids, async (part) => {
      const batch = new Map(part.map((id) => [id, homes.get(id) as Touch]));
      const done = await orNothing(em, () =>
        writer.refresh(batch, moment, before.version + 1, { waits: false }),
      );
      for (const id of done.changed) changed.add(id);
      return done.left;
    });
    const since = { factId: this.tail.settled, searchVersion: before.searchVersion };
    const left = new Map<number, Left>();
    for (const id of stay)
      // What is only checked will be checked again.
      if (!isChecking || touched.has(id))
        left.set(id, { since, ...this.#left.get(id), touch: homes.get(id) as Touch });
    return { changed, left };
  }

  /** The youngest version that is too old to be asked for; 0 where none is known. */
  #oldVersion(): number {
    const now = performance.now();
    const old = this.#versions.findLastIndex(({ at }) => at < now - 1.25 * PAST_MS);
    if (old > 0) this.#versions.splice(0, old);
    return old < 0 ? 0 : (this.#versions[0]?.version ?? 0);
  }
}
