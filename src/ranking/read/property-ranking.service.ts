import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { cityKey } from '../../properties/model/city-key.js';
import type { LookupInput } from '../../likes/dto/likes.dto.js';
import type { PropertyDto } from '../../properties/dto/property.dto.js';
import { PropertiesService } from '../../properties/read/properties.service.js';
import type {
  LikeSeriesListDto,
  LikesOfDayDto,
  PropertyRankingDto,
  ScoreChangeDto,
  ScoreTermDto,
} from './dto/ranking.dto.js';
import type { PropertyRankingInput } from './dto/ranking.input.js';
import { LikesReader } from '../worker/likes-reader.js';
import { type RankingSnapshot, RankingSnapshots } from './ranking-snapshot.js';
import { type NumbersTable, type RankingKey, type RankingQuery, valueOfNoScore } from './ranking-query.js';
import { type DayRow, RankingDayRepository } from './ranking-day.repository.js';
import { RankingRepository } from './ranking.repository.js';
import type { NumbersRow } from './ranking-row.js';
import { RankingService } from './ranking.service.js';
import { explainReason, type TrustReason } from '../model/trust-reasons.js';
import { TrustRepository } from '../trust/trust.repository.js';
import { DAY_MS, dayOf, scoreAt, WEEK_MS, type Window, WINDOW_DAYS } from '../model/score.js';

const SERIES_DAYS = 90;
// Ages in UTC days, inclusive. The limits are those of the windows.
const AGE_RANGES = [
  { label: 'today', fromDays: 0, toDays: 0 },
  { label: '1-6 days ago', fromDays: 1, toDays: 6 },
  { label: '7-29 days ago', fromDays: 7, toDays: 29 },
  { label: '30-89 days ago', fromDays: 30, toDays: 89 },
  { label: '90-364 days ago', fromDays: 90, toDays: 364 },
  { label: '365 days ago or more', fromDays: 365, toDays: null },
] as const;
const NO_LIKES: NumbersRow = { hot: null, d1: 0, d7: 0, d30: 0, d90: 0, d365: 0, total: 0, untrusted: 0 };

interface LikesOfProperty {
  snapshot: RankingSnapshot;
  query: RankingQuery;
  numbers: NumbersRow;
  weekAgo: NumbersRow;
  days: DayRow[];
  /** Likes that were removed in the last seven days: when each was made, in milliseconds since 1970. */
  unliked: number[];
  /** Likes that do not count, by the reason. */
  untrusted: { reason: TrustReason; likes: number }[];
}

@Injectable()
export class PropertyRankingService {
  constructor(
    private readonly rankings: RankingService,
    private readonly snapshots: RankingSnapshots,
    private readonly ranking: RankingRepository,
    private readonly days: RankingDayRepository,
    private readonly likes: LikesReader,
    private readonly properties: PropertiesService,
    private readonly trust: TrustRepository,
    private readonly config: Config,
  ) {}

  /**
   * Explains the rank of a property: its score by the age of the likes, and the change since seven days before.
   * @throws PropertyNotFound also for a hidden property
   */
  async explain(input: PropertyRankingInput): Promise<PropertyRankingDto> {
    const property = await this.properties.getProperty({ id: input.id }, null);
    const likes = await this.#readLikes(input, property);
    const { snapshot, query, numbers, weekAgo, days } = likes;
    const { id, by, window } = input;
    const weekAgoQuery = { ...query, asOf: query.asOf - WEEK_MS };
    const key = keyOf(id, query, numbers);
    const city = cityKey(property.city ?? '');
    const inCity = { ...query, filter: { ...query.filter, cityKeys: [city] } };
    const [rank, of, cityRank, cityOf, previousRank] = await Promise.all([
      this.#rank('ranking', query, snapshot, key),
      this.#count(query, snapshot),
      city === '' ? null : this.#rank('ranking', inCity, snapshot, key),
      city === '' ? 0 : this.#count(inCity, snapshot),
      this.#rank('ranking_week_ago', weekAgoQuery, snapshot, keyOf(id, weekAgoQuery, weekAgo)),
    ]);
    const countedWindow = by === 'trending' ? '7d' : window;
    const terms = by === 'trending' ? trendingTerms(days, query) : likeTerms(days, query, window);
    const score = terms.reduce((sum, term) => sum + term.score, 0);
    const change = by === 'trending' ? trendingChange(score, likes) : likesChange(score, likes, window);
    return {
      propertyId: id,
      by,
      window: countedWindow,
      asOf: new Date(query.asOf).toISOString(),
      rank,
      of,
      city: city === '' ? null : { name: property.city as string, rank: cityRank, of: cityOf },
      score,
      terms,
      likes: {
        window: inWindow(days, query.asOf, countedWindow).reduce((sum, day) => sum + day.likes, 0),
        total: numbers.total + numbers.untrusted,
        trusted: numbers.total,
      },
      untrusted: likes.untrusted.map(({ reason, likes: count }) => ({
        reason,
        explanation: explainReason(reason, this.config.likeTrust),
        likes: count,
      })),
      previousRank,
      change,
      series: seriesOf(days, query.asOf),
      property,
    };
  }

  /** The likes and unlikes per day of the visible properties among the given ids. */
  async listSeries({ propertyId: ids = [] }: LookupInput): Promise<LikeSeriesListDto> {
    return this.snapshots.inTransaction(async () => {
      const { asOf } = await this.snapshots.current();
      const since = dateOf(dayOf(asOf) - SERIES_DAYS + 1);
      const days = await this.days.findDaysOf(ids, since);
      const items = [...days].map(([propertyId, rows]) => ({ propertyId, series: seriesOf(rows, asOf) }));
      return { asOf: new Date(asOf).toISOString(), items };
    });
  }

  #readLikes(
    { id, by, window }: PropertyRankingInput,
    { availability }: PropertyDto,
  ): Promise<LikesOfProperty> {
    return this.snapshots.inTransaction(async () => {
      const snapshot = await this.snapshots.current();
      const query = await this.rankings.queryOf(
        { by, window, availability: availability ?? undefined },
        snapshot,
      );
      return {
        snapshot,
        query,
        numbers: (await this.ranking.findNumbers('ranking', id, snapshot.day)) ?? NO_LIKES,
        weekAgo: (await this.ranking.findNumbers('ranking_week_ago', id, snapshot.day)) ?? NO_LIKES,
        days: await this.days.findDays(id),
        unliked: await this.likes.findUnliked(id, query.asOf - WEEK_MS, query.asOf),
        untrusted: await this.trust.countReasons(id),
      };
    });
  }

  #rank(
    table: NumbersTable,
    query: RankingQuery,
    { version }: RankingSnapshot,
    key: RankingKey | null,
  ): Promise<number | null> {
    if (!key) return Promise.resolve(null);
    const cacheKey = [table, query.sortColumn, query.filter, key];
    return this.snapshots.remember(version, cacheKey, async () => {
      const better = await this.ranking.countBetter(table, query, [key]);
      return (better.get(key.property_id) ?? 0) + 1;
    });
  }

  #count(query: RankingQuery, { version }: RankingSnapshot): Promise<number> {
    return this.snapshots.remember(version, ['of', query.sortColumn, query.filter], () =>
      this.ranking.countAll(query),
    );
  }
}

/** @returns null when the property has no score */
function keyOf(id: number, query: RankingQuery, numbers: NumbersRow): RankingKey | null {
  const value = numbers[query.sortColumn];
  const hasScore = value !== null && value > valueOfNoScore(query);
  return hasScore ? { property_id: id, value, total: numbers.total } : null;
}

function inWindow(days: readonly DayRow[], asOf: number, window: Window): DayRow[] {
  return days.filter(({ day }) => day > dayOf(asOf) - WINDOW_DAYS[window]);
}

function trendingTerms(days: readonly DayRow[], { asOf, halfLifeDays }: RankingQuery): ScoreTermDto[] {
  return termsOf(days, asOf, ({ day, weight }) => weight * 2 ** ((day - asOf / DAY_MS) / halfLifeDays));
}

function likeTerms(days: readonly DayRow[], { asOf }: RankingQuery, window: Window): ScoreTermDto[] {
  return termsOf(inWindow(days, asOf, window), asOf, ({ likes }) => likes);
}

/** Groups the current likes by age and sums their scores. */
function termsOf(days: readonly DayRow[], asOf: number, scoreOf: (row: DayRow) => number): ScoreTermDto[] {
  return AGE_RANGES.flatMap((range) => {
    const [min, max] = [range.fromDays, range.toDays ?? Infinity];
    const rows = days.filter(({ day }) => dayOf(asOf) - day >= min && dayOf(asOf) - day <= max);
    const likes = rows.reduce((sum, row) => sum + row.likes, 0);
    const score = rows.reduce((sum, row) => sum + scoreOf(row), 0);
    return likes > 0 ? [{ ...range, likes, weight: score / likes, score }] : [];
  });
}

function trendingChange(
  score: number,
  { query: { asOf, halfLifeDays }, numbers, weekAgo, unliked }: LikesOfProperty,
): ScoreChangeDto {
  const weekAgoTime = asOf - WEEK_MS;
  const scoreThen = scoreAt(weekAgo.hot, weekAgoTime, halfLifeDays);
  // The current score of the likes that existed then.
  const remaining = scoreAt(weekAgo.hot, asOf, halfLifeDays);
  const lost = unliked.reduce((sum, made) => sum + scoreAt(made * 1_000, weekAgoTime, halfLifeDays), 0);
  // Without new likes the gain is exactly 0: the difference would only be a rounding error.
  const gained = numbers.total === weekAgo.total ? 0 : score - remaining;
  return { gained, takenBack: 0 - lost, aged: remaining - scoreThen };
}

function likesChange(
  score: number,
  { query, numbers, weekAgo, unliked }: LikesOfProperty,
  window: Window,
): ScoreChangeDto {
  const length = WINDOW_DAYS[window];
  const newLikes = numbers.total - weekAgo.total;
  // A window of at most a week has only likes that are newer than a week.
  const gained = length <= WEEK_MS / DAY_MS ? score : newLikes;
  const scoreThen = weekAgo[query.sortColumn] ?? 0;
  const lastDayBeforeWindow = dayOf(query.asOf - WEEK_MS) - length;
  const lost = unliked.filter((made) => dayOf(made) > lastDayBeforeWindow).length;
  return { gained, takenBack: 0 - lost, aged: score - gained - scoreThen };
}

function seriesOf(days: readonly DayRow[], asOf: number): LikesOfDayDto[] {
  const byDay = new Map(days.map((row) => [row.day, row]));
  return Array.from({ length: SERIES_DAYS }, (_, i) => {
    const day = dayOf(asOf) - SERIES_DAYS + 1 + i;
    const { likedEvents = 0, unlikedEvents = 0 } = byDay.get(day) ?? {};
    return { date: dateOf(day), likes: likedEvents, unlikes: unlikedEvents };
  });
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
