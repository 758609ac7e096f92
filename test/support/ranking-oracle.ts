// Computes the expected ranking in the simplest way: it reads every current like for every property.

export interface OracleLike {
  propertyId: number;
  /** Seconds since 1970, UTC. */
  at: number;
  /** False for the like of an untrusted account. */
  isTrusted?: boolean;
}

export interface OracleRanking {
  by: 'trending' | 'likes';
  /** Window length in days, used when `by` is `likes`; Infinity means all likes. */
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
  trusted: number;
}

const DAY = 86_400_000;

/** The properties with a score above zero, in rank order. */
export function expectedPlaces(
  likes: readonly OracleLike[],
  propertyIds: readonly number[],
  { by, days, asOf, halfLifeDays = 7 }: OracleRanking,
): OraclePlace[] {
  const today = Math.floor(asOf / DAY);
  return propertyIds
    .map((id) => {
      const made = likes.filter(({ propertyId, at }) => propertyId === id && at * 1_000 <= asOf);
      const times = made.filter(({ isTrusted = true }) => isTrusted).map(({ at }) => at * 1_000);
      const counts = { total: made.length, trusted: times.length };
      const within = (length: number): number =>
        times.filter((time) => Math.floor(time / DAY) > today - length).length;
      const trending = times.reduce((sum, time) => sum + 2 ** (-(asOf - time) / (halfLifeDays * DAY)), 0);
      return by === 'likes'
        ? { id, score: within(days), window: within(days), ...counts }
        : { id, score: trending, window: within(7), ...counts };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => rounded(b.score) - rounded(a.score) || b.trusted - a.trusted || a.id - b.id);
}

// Rounds to 12 digits: equal sums of powers differ in their last digits when the order of addition differs.
const rounded = (score: number): number => Number(score.toPrecision(12));

/** Maps each property id to its rank seven days before `asOf`, computed from the current likes. */
export function expectedPreviousRanks(
  likes: readonly OracleLike[],
  propertyIds: readonly number[],
  ranking: OracleRanking,
): Map<number, number> {
  const then = expectedPlaces(likes, propertyIds, { ...ranking, asOf: ranking.asOf - 7 * DAY });
  return new Map(then.map(({ id }, i) => [id, i + 1]));
}
