import type { EntityManager } from '@mikro-orm/mysql';
import type { GapTolerantCursor } from '../../background/gap-tolerant-cursor.js';
import { LikesReader, type Touch } from './likes-reader.js';
import { type Fact, ChangeFeed } from './change-feed.js';
import type { State } from './ranking-checkpoint.js';

export interface Plan {
  /** Whether it is time for the self-check. */
  checks: boolean;
  /** Whether to look for facts that came late. */
  looksBack: boolean;
}

interface Question extends Plan {
  before: State;
  /** Milliseconds since 1970. */
  time: number;
  /** Of the history of likes. */
  tail: GapTolerantCursor;
  /** What was left the last time. */
  left: ReadonlyMap<number, Touch>;
}

export interface Work {
  facts: readonly Fact[];
  searchedTo: number;
  /** Homes for which there is a reason. */
  touched: ReadonlyMap<number, Touch>;
  /** Those that a rebuild or the self-check is at, and the last of them; null: there are no more. */
  slice: readonly number[];
  sliceTo: number | null;
  /** Both. */
  homes: ReadonlyMap<number, Touch>;
  /** Whether there is no work beyond this. */
  isDone: boolean;
  isChecking: boolean;
}

// What one transaction does at most.
const FACTS = 2_000;
const DUE = 2_000;
const VERSIONS = 5;
const SLICE = 1_000;

/** What has to be worked out anew: what was left, facts, changes of homes, the clock, and a slice of all homes. */
export async function findWork(
  em: EntityManager,
  zone: string,
  { before, time, tail, left, checks, looksBack }: Question,
): Promise<Work> {
  const feed = new ChangeFeed(em, zone);
  const next = await feed.findFacts(tail, FACTS);
  const late = looksBack ? await feed.findLateFacts(tail, FACTS) : [];
  const facts = [...next, ...late];
  const { searchVersion } = await feed.signals();
  const searchedTo = Math.min(searchVersion, before.searchVersion + VERSIONS);
  const moved = await feed.findMoved(before.searchVersion, searchedTo);
  const due = await feed.findDue(time, DUE);
  const touched = new Map<number, Touch>([...moved, ...due].map((id) => [id, new Set()]));
  for (const [id, touch] of [...left, ...(await daysOf(em, zone, facts))])
    touched.set(id, union(touched.get(id), touch));

  // While there is work left over, what is not done yet would look wrong.
  const isDone = facts.length < FACTS && due.length < DUE && searchedTo === searchVersion;
  const isChecking = checks && before.rebuiltTo === null && isDone;
  const sliceFrom = isChecking ? before.checkedTo : before.rebuiltTo;
  const slice = sliceFrom === null ? [] : await feed.findHomes(sliceFrom, SLICE);
  const sliceTo = slice.length < SLICE ? null : (slice.at(-1) as number);
  const homes = new Map<number, Touch>([...touched, ...slice.map((id) => [id, 'all'] as const)]);
  return { facts, searchedTo, touched, slice, sliceTo, homes, isDone, isChecking };
}

/** The days of each home that facts name: that of the fact, and that of a like that was taken back. */
async function daysOf(em: EntityManager, zone: string, facts: readonly Fact[]): Promise<Map<number, Touch>> {
  const takenBack = facts.filter(({ action }) => action === 'unliked');
  const liked = await new LikesReader(em, zone).findDaysOfPairs(takenBack);
  const days = [...facts.map(({ property_id: id, day }) => ({ id, day })), ...liked];
  return new Map(
    [...Map.groupBy(days, ({ id }) => id)].map(([id, named]): [number, Touch] => [
      id,
      // What has no time is not found by its day.
      named.some(({ day }) => day <= 1) ? 'all' : new Set(named.map(({ day }) => day)),
    ]),
  );
}

function union(one: Touch | undefined, other: Touch): Touch {
  if (one === 'all' || other === 'all') return 'all';
  return new Set([...(one ?? []), ...other]);
}
