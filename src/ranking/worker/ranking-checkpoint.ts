import type { EntityManager } from '@mikro-orm/mysql';
import { ChangeFeed } from './change-feed.js';
import { DAY_MS, dayOf } from '../model/score.js';
import type { Tables } from '../model/kysely-tables.js';

export interface RankingSettings {
  halfLifeDays: number;
  /** Of the database's dates, `±hh:mm`. */
  zone: string;
}

/** How far the ranking has come, see the entity. */
export interface State {
  halfLifeDays: number | null;
  factId: number;
  searchVersion: number;
  version: number;
  rebuiltTo: number | null;
  checkedTo: number;
  countedTo: number;
  day: number;
}

// A clock that was set back by less is waited for.
export const CLOCK_STEP_MS = 5_000;
// After a longer absence everything is worked out anew, rather than day by day.
const MOST_DAYS = 7;
// Transactions that are under way when everything is made anew have facts with lower ids than the highest.
const IN_FLIGHT = 10_000;

/**
 * Waits for other writers, and keeps them waiting until the transaction ends. To be called first: what is read
 * afterwards is no older than what the writer before has read.
 */
export async function lockState(em: EntityManager): Promise<State> {
  const row = await em
    .getKysely<Tables>()
    .selectFrom('ranking_state')
    .selectAll()
    .forUpdate()
    .executeTakeFirstOrThrow();
  return {
    halfLifeDays: row.half_life_days,
    factId: Number(row.fact_id),
    searchVersion: Number(row.search_version),
    version: Number(row.version),
    rebuiltTo: row.rebuilt_to,
    checkedTo: row.checked_to,
    countedTo: Number(row.counted_to),
    day: row.day,
  };
}

export async function saveState(em: EntityManager, state: State): Promise<void> {
  await em
    .getKysely<Tables>()
    .updateTable('ranking_state')
    .set({
      half_life_days: state.halfLifeDays,
      fact_id: state.factId,
      search_version: state.searchVersion,
      version: state.version,
      rebuilt_to: state.rebuiltTo,
      checked_to: state.checkedTo,
      counted_to: state.countedTo,
      day: state.day,
    })
    .execute();
}

/** All homes are worked out anew, the first next. */
export async function begin(em: EntityManager, before: State, settings: RankingSettings): Promise<State> {
  const { lastFact } = await new ChangeFeed(em, settings.zone).signals();
  // From their likes: the long history before need not be read.
  const factId = before.halfLifeDays === null ? Math.max(0, lastFact - IN_FLIGHT) : before.factId;
  const after = {
    ...before,
    halfLifeDays: settings.halfLifeDays,
    factId,
    rebuiltTo: 0,
    day: dayOf(Date.now()),
  };
  await saveState(em, after);
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
export function withClock(state: State): State {
  const now = Date.now();
  const isBack = now < state.countedTo - CLOCK_STEP_MS || dayOf(now) < state.day;
  const isLate = dayOf(now) > state.day + MOST_DAYS;
  return isBack || isLate ? { ...state, countedTo: now, day: dayOf(now), rebuiltTo: 0 } : state;
}
