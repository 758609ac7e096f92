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
import { type Moment, RankingSnapshots } from './ranking-snapshot.js';
import { floorOf, type Key, type RankingQuery, type When } from './ranking-query.js';
import type { DayRow } from './ranking-day.repository.js';
import { RankingDay } from '../model/ranking.entity.js';
import type { NumbersRow } from './ranking.repository.js';
import { RankingService } from './ranking.service.js';
import { DAY_MS, dayOf, scoreAt, WEEK_MS, type Window, WINDOW_DAYS } from '../model/score.js';

const SERIES_DAYS = 90;
// The borders are those of the windows.
const AGES = [
  { label: 'today', from: 0, to: 0 },
  { label: '1-6 days ago', from: 1, to: 6 },
  { label: '7-29 days ago', from: 7, to: 29 },
  { label: '30-89 days ago', from: 30, to: 89 },
  { label: '90-364 days ago', from: 90, to: 364 },
  { label: '365 days ago or more', from: 365, to: Infinity },
] as const;
const NOTHING: NumbersRow = { hot: null, d1: 0, d7: 0, d30: 0, d90: 0, d365: 0, total: 0 };

/** Why a home is where it is. */
@Injectable()
export class PropertyRankingService {
  readonly #zone: string;

  constructor(
    private readonly rankings: RankingService,
    private readonly moments: RankingSnapshots,
    private readonly properties: PropertiesService,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /** @throws PropertyNotFound also when it is hidden */
  async explain(input: PropertyRankingInput): Promise<PropertyRankingDto> {
    const property = await this.properties.getProperty(input.id, null);
    const { moment, query, numbers, weekAgo, days, takenBack } = await this.#read(input, property);
    const { id, by, window } = input;
    const then = { ...query, asOf: query.asOf - WEEK_MS };
    const key = keyOf(id, query, numbers);
    const city = cityKey(property.city ?? '');
    const inCity = { ...query, filter: { ...query.filter, cityKeys: [city] } };
    const [rank, of, cityRank, cityOf, previousRank] = await Promise.all([
      this.#rank('ranking', query, moment, key),
      this.#count(query, moment),
      city === '' ? null : this.#rank('ranking', inCity, moment, key),
      city === '' ? 0 : this.#count(inCity, moment),
      this.#rank('ranking_week_ago', then, moment, keyOf(id, then, weekAgo)),
    ]);
    const counted = by === 'trending' ? '7d' : window;
    const terms = by === 'trending' ? trendingTerms(days, query) : likeTerms(days, query, window);
    const score = terms.reduce((sum, term) => sum + term.score, 0);
    const change = by === 'trending' ? trendingChange : likesChange;
    return {
      propertyId: id,
      by,
      window: counted,
      asOf: new Date(query.asOf).toISOString(),
      rank,
      of,
      city: city === '' ? null : { name: property.city as string, rank: cityRank, of: cityOf },
      score,
      terms,
      likes: {
        window: inWindow(days, query.asOf, counted).reduce((sum, { likes }) => sum + likes, 0),
        total: numbers.total,
      },
      previousRank,
      change: change(score, numbers, weekAgo, takenBack, query, window),
      series: seriesOf(days, query.asOf),
      property,
    };
  }

  async listSeries({ propertyId: ids = [] }: LookupInput): Promise<LikeSeriesListDto> {
    return this.moments.snapshot(async (ranking, em) => {
      const { asOf } = await this.moments.now(ranking);
      const since = new Date(asOf - (SERIES_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
      const days = await em.getRepository(RankingDay).findDaysOf(ids, since);
      const items = [...days].map(([propertyId, rows]) => ({ propertyId, series: seriesOf(rows, asOf) }));
      return { asOf: new Date(asOf).toISOString(), items };
    });
  }

  /** What is kept of a home, all of one moment. */
  #read({ id, by, window }: PropertyRankingInput, { availability }: PropertyDto) {
    return this.moments.snapshot(async (ranking, em) => {
      const moment = await this.moments.now(ranking);
      const query = await this.rankings.queryOf(
        { by, window, availability: availability ?? undefined },
        moment,
      );
      const likes = new LikesReader(em, this.#zone);
      return {
        moment,
        query,
        numbers: (await ranking.findNumbers('ranking', id)) ?? NOTHING,
        weekAgo: (await ranking.findNumbers('ranking_week_ago', id)) ?? NOTHING,
        days: await em.getRepository(RankingDay).findDays(id),
        takenBack: await likes.findTakenBack(id, query.asOf - WEEK_MS, query.asOf),
      };
    });
  }

  #rank(when: When, query: RankingQuery, { version }: Moment, key: Key | null): Promise<number | null> {
    if (!key) return Promise.resolve(null);
    return this.moments.remember(version, [when, query.list, query.filter, key], async (ranking) => {
      const better = await ranking.countBetter(when, query, [key]);
      return (better.get(key.property_id) ?? 0) + 1;
    });
  }

  #count(query: RankingQuery, { version }: Moment): Promise<number> {
    return this.moments.remember(version, ['of', query.list, query.filter], (ranking) =>
      ranking.countAll(query),
    );
  }
}

function keyOf(id: number, query: RankingQuery, numbers: NumbersRow): Key | null {
  const value = numbers[query.list];
  return value === null || value <= floorOf(query) ? null : { property_id: id, value, total: numbers.total };
}

function inWindow(days: readonly DayRow[], asOf: number, window: Window): DayRow[] {
  return days.filter(({ day }) => day > dayOf(asOf) - WINDOW_DAYS[window]);
}

function trendingTerms(days: readonly DayRow[], { asOf, halfLifeDays }: RankingQuery): ScoreTermDto[] {
  const worth = (row: DayRow): number => row.weight * 2 ** ((row.day - asOf / DAY_MS) / halfLifeDays);
  return termsOf(days, asOf, worth);
}

function likeTerms(days: readonly DayRow[], { asOf }: RankingQuery, window: Window): ScoreTermDto[] {
  return termsOf(inWindow(days, asOf, window), asOf, ({ likes }) => likes);
}

/** The likes that stand, by age, and what they are worth. */
function termsOf(days: readonly DayRow[], asOf: number, worth: (row: DayRow) => number): ScoreTermDto[] {
  return AGES.flatMap(({ label, from, to }) => {
    const rows = days.filter(({ day }) => dayOf(asOf) - day >= from && dayOf(asOf) - day <= to);
    const likes = rows.reduce((sum, row) => sum + row.likes, 0);
    const score = rows.reduce((sum, row) => sum + worth(row), 0);
    return likes > 0 ? [{ label, likes, weight: score / likes, score }] : [];
  });
}

function trendingChange(
  score: number,
  numbers: NumbersRow,
  weekAgo: NumbersRow,
  takenBack: readonly number[],
  { asOf, halfLifeDays }: RankingQuery,
): ScoreChangeDto {
  const then = asOf - WEEK_MS;
  const before = scoreAt(weekAgo.hot, then, halfLifeDays);
  const left = scoreAt(weekAgo.hot, asOf, halfLifeDays);
  const lost = takenBack.reduce((sum, made) => sum + scoreAt(made * 1_000, then, halfLifeDays), 0);
  // Without new likes nothing was gained, whatever the last digits say.
  const gained = numbers.total === weekAgo.total ? 0 : score - left;
  return { gained, takenBack: 0 - lost, aged: left - before };
}

function likesChange(
  score: number,
  numbers: NumbersRow,
  weekAgo: NumbersRow,
  takenBack: readonly number[],
  query: RankingQuery,
  window: Window,
): ScoreChangeDto {
  const length = WINDOW_DAYS[window];
  const since = numbers.total - weekAgo.total;
  // A window of a week or less has only likes that were made since.
  const gained = length <= WEEK_MS / DAY_MS ? score : since;
  const before = weekAgo[query.list] ?? 0;
  const firstDay = dayOf(query.asOf - WEEK_MS) - length;
  const lost = takenBack.filter((made) => dayOf(made) > firstDay).length;
  return { gained, takenBack: 0 - lost, aged: score - gained - before };
}

function seriesOf(days: readonly DayRow[], asOf: number): LikesOfDayDto[] {
  const byDay = new Map(days.map((row) => [row.day, row]));
  return Array.from({ length: SERIES_DAYS }, (_, i) => {
    const day = dayOf(asOf) - SERIES_DAYS + 1 + i;
    const { made = 0, takenBack = 0 } = byDay.get(day) ?? {};
    return { date: new Date(day * DAY_MS).toISOString().slice(0, 10), likes: made, unlikes: takenBack };
  });
}
