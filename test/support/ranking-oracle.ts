// What a ranking must be, worked out in the plainest way from the likes that stand: every like is looked at.

export interface OracleLike {
  home: number;
  /** Seconds since 1970, UTC. */
  at: number;
}

export interface OracleRanking {
  by: 'trending' | 'likes';
  /** Of `likes`, in days; Infinity is all. */
  days: number;
  /** Milliseconds since 1970. */
  asOf: number;
  halfLifeDays?: number;
}

export interface OraclePlace {
  id: number;
  score: number;
  window: number;
  total: number;
}

const DAY = 86_400_000;

/** Homes that somebody likes, in their order. */
export function expectedPlaces(
  likes: readonly OracleLike[],
  homes: readonly number[],
  { by, days, asOf, halfLifeDays = 7 }: OracleRanking,
): OraclePlace[] {
  const today = Math.floor(asOf / DAY);
  return homes
    .map((id) => {
      const times = likes
        .filter(({ home, at }) => home === id && at * 1_000 <= asOf)
        .map(({ at }) => at * 1_000);
      const within = (length: number): number =>
        times.filter((time) => Math.floor(time / DAY) > today - length).length;
      const trending = times.reduce((sum, time) => sum + 2 ** (-(asOf - time) / (halfLifeDays * DAY)), 0);
      return by === 'likes'
        ? { id, score: within(days), window: within(days), total: times.length }
        : { id, score: trending, window: within(7), total: times.length };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => rounded(b.score) - rounded(a.score) || b.total - a.total || a.id - b.id);
}

// Equal sums of powers that were added in another order differ in their last digits.
const rounded = (score: number): number => Number(score.toPrecision(12));

/** What the rank of each was seven days before, by the likes that stand now. */
export function expectedPreviousRanks(
  likes: readonly OracleLike[],
  homes: readonly number[],
  ranking: OracleRanking,
): Map<number, number> {
  const then = expectedPlaces(likes, homes, { ...ranking, asOf: ranking.asOf - 7 * DAY });
  return new Map(then.map(({ id }, i) => [id, i + 1]));
}
