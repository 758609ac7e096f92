import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { decodeCursor, encodeCursor, type Position as Cursor } from '../http/pagination.js';
import { InvalidParameters } from '../http/problem.js';
import type { PropertyDto } from '../properties/dto/property.dto.js';
import { type PropertyFilter, toFilter } from '../properties/property-filter.js';
import { PropertiesService } from '../properties/properties.service.js';
import { StatusCatalogue } from '../properties/status-catalogue.js';
import type { RankedPropertyDto, RankingPage } from './dto/ranking.dto.js';
import type { ListRankingInput, RankingInput } from './dto/ranking.input.js';
import { LikesReader } from './likes-reader.js';
import { type Moment, RankingMoment } from './ranking-moment.js';
import { byPlace, floorOf, type Key, LIST_OF_WINDOW, type RankingQuery } from './ranking-query.js';
import { RankingRepository } from './ranking.repository.js';
import { dayOf, mergeDays, numbersOf, scoreAt, WEEK_MS } from './score.js';

// More homes than that change between two pages only where likes come by the hundred a second.
const MOST_MOVED = 5_000;
const ROWS_AT_ONCE = 1_000;
const KEYS_AT_ONCE = 20_000;

/** Where a page ended, and of which moment it was. */
interface Position {
  asOf: number;
  version: number;
  rank: number;
  key: Key;
}
/** A home in a list. */
interface Place {
  key: Key;
  /** The likes of seven days, for the trending list. */
  week: number;
  rank: number;
  property: PropertyDto;
}

/** Which homes are liked most. */
@Injectable()
export class RankingService {
  readonly #likes: LikesReader;

  constructor(
    em: EntityManager,
    private readonly ranking: RankingRepository,
    private readonly moments: RankingMoment,
    private readonly properties: PropertiesService,
    private readonly statuses: StatusCatalogue,
    config: Config,
  ) {
    this.#likes = new LikesReader(em, config.database.timezone);
  }

  async listRanking(input: ListRankingInput): Promise<RankingPage> {
    const { limit } = input;
    const scope = scopeOf(input);
    const position = input.cursor === undefined ? null : toPosition(decodeCursor(scope, input.cursor));
    const now = await this.moments.now();
    // The moment of the first page is that of all.
    const moment = position ? { ...now, asOf: position.asOf } : now;
    const query = await this.queryOf(input, moment);
    const moved = position ? await this.#movedSince(position.version, query) : [];
    const places = await this.#findPlaces(query, position, moved, limit + 1);
    const page = places.slice(0, limit);
    const ids = page.map(({ key }) => key.property_id);
    const previous = await this.#previousRanks(query, moment, moved, ids);
    const [last] = places.length > limit ? page.slice(-1) : [];
    const next = last && { asOf: moment.asOf, version: position?.version ?? now.version, ...last };
    return {
      asOf: new Date(moment.asOf).toISOString(),
      items: page.map((place) => toItem(place, query, previous)),
      page: { limit, nextCursor: next ? encodeCursor(scope, fromPosition(next)) : null },
    };
  }

  /** A whole list, in parts. What comes after the first part is of the moment that the first is of. */
  async *readAll(input: RankingInput): AsyncGenerator<RankedPropertyDto[]> {
    const moment = await this.moments.now();
    const query = await this.queryOf(input, moment);
    const previous = await this.#allPreviousRanks(query);
    let position: Position | null = null;
    for (let more = true; more;) {
      const moved: number[] = position ? await this.#movedSince(moment.version, query) : [];
      const places: Place[] = await this.#findPlaces(query, position, moved, ROWS_AT_ONCE);
      yield places.map((place) => toItem(place, query, previous));
      const last = places.at(-1);
      more = last !== undefined;
      if (last) position = { ...moment, ...last };
    }
  }

  /** What is asked of the numbers for these filters; `available` homes when none says otherwise. */
  async queryOf(input: RankingInput, { asOf, halfLifeDays }: Moment): Promise<RankingQuery> {
    const { publicIds: statusIds } = await this.statuses.get();
    const list = input.by === 'trending' ? 'hot' : LIST_OF_WINDOW[input.window];
    return { list, filter: filterOf(input), statusIds, asOf, halfLifeDays };
  }

  /** The homes of a list whose numbers changed since then; none where they are too many to look at each. */
  async #movedSince(version: number, query: RankingQuery): Promise<number[]> {
    const changed = await this.ranking.findChanged(version, MOST_MOVED + 1);
    return changed.length > MOST_MOVED ? [] : this.ranking.findMatching(query, changed);
  }

  /** The next places of a list. Homes that moved since its first page have the place that they had then. */
  async #findPlaces(
    query: RankingQuery,
    position: Position | null,
    moved: readonly number[],
    limit: number,
  ): Promise<Place[]> {
    const rows = await this.ranking.findPage(query, position?.key ?? null, limit, moved);
    const properties = await this.properties.present(rows);
    const standing = rows.map(({ property_id, value, total, d7 }, i) => ({
      key: { property_id, value, total },
      week: d7,
      property: properties[i] as PropertyDto,
    }));
    const kept = position ? await this.#findKept(query, position.key, moved) : [];
    return [...standing, ...kept]
      .toSorted((a, b) => byPlace(a.key, b.key))
      .slice(0, limit)
      .map((place, i) => ({ ...place, rank: (position?.rank ?? 0) + i + 1 }));
  }

  async #findKept(query: RankingQuery, after: Key, moved: readonly number[]): Promise<Omit<Place, 'rank'>[]> {
    const then = (await this.#placesThen(query, moved, 'now')).filter(({ key }) => byPlace(after, key) < 0);
    const properties = await this.properties.findVisible(then.map(({ key }) => key.property_id));
    return then.flatMap((place) => {
      const property = properties.get(place.key.property_id);
      return property ? [{ ...place, property }] : [];
    });
  }

  async #previousRanks(
    query: RankingQuery,
    moment: Moment,
    moved: readonly number[],
    ids: readonly number[],
  ): Promise<Map<number, number>> {
    const weekAgo = { ...query, asOf: query.asOf - WEEK_MS };
    const load = async (): Promise<Map<number, number>> => {
      // Counted among the numbers as they are kept now; those that moved are put where they were.
      const then = (await this.#placesThen(query, moved, 'weekAgo')).map(({ key }) => key);
      const since = await this.ranking.findKeys('ranking_week_ago', weekAgo, moved);
      const unmoved = ids.filter((id) => !moved.includes(id));
      const keys = [
        ...(await this.ranking.findKeys('ranking_week_ago', weekAgo, unmoved)),
        ...then.filter((key) => ids.includes(key.property_id)),
      ];
      const better = await this.ranking.countBetter('ranking_week_ago', weekAgo, keys);
      const betterOf = (others: readonly Key[], key: Key): number =>
        others.filter((other) => byPlace(other, key) < 0).length;
      return new Map(
        keys.map((key) => [
          key.property_id,
          1 + (better.get(key.property_id) ?? 0) - betterOf(since, key) + betterOf(then, key),
        ]),
      );
    };
    if (moved.length > 0) return load();
    return this.moments.remember(moment, ['previous', query.list, query.filter, ids], load);
  }

  async #allPreviousRanks(query: RankingQuery): Promise<Map<number, number>> {
    const then = { ...query, asOf: query.asOf - WEEK_MS };
    const ranks = new Map<number, number>();
    for (let after: Key | null = null, more = true; more;) {
      const keys: Key[] = await this.ranking.findOrder('ranking_week_ago', then, after, KEYS_AT_ONCE);
      for (const key of keys) ranks.set(key.property_id, ranks.size + 1);
      after = keys.at(-1) ?? null;
      more = keys.length === KEYS_AT_ONCE;
    }
    return ranks;
  }

  /** The places that homes had at the moment of the query, or seven days before it, from their likes. */
  async #placesThen(
    query: RankingQuery,
    ids: readonly number[],
    when: 'now' | 'weekAgo',
  ): Promise<{ key: Key; week: number }[]> {
    const { list, halfLifeDays } = query;
    const likes = await this.#likes.findLikes(ids, query.asOf, halfLifeDays);
    const [asOf, phases] = when === 'now' ? [query.asOf, 2] : [query.asOf - WEEK_MS, 1];
    return [...Map.groupBy(likes, (row) => row.property_id)].flatMap(([id, rows]) => {
      const counted = mergeDays(rows.filter(({ phase }) => phase < phases));
      const { [list]: value, total, d7 } = numbersOf(counted, dayOf(asOf), halfLifeDays);
      return value !== null && value > floorOf({ ...query, asOf })
        ? [{ key: { property_id: id, value, total }, week: d7 }]
        : [];
    });
  }
}

function toItem(
  { key, week, rank, property }: Place,
  { list, asOf, halfLifeDays }: RankingQuery,
  previousRanks: ReadonlyMap<number, number>,
): RankedPropertyDto {
  const trending = list === 'hot';
  return {
    rank,
    score: trending ? scoreAt(key.value, asOf, halfLifeDays) : key.value,
    likes: { window: trending ? week : key.value, total: key.total },
    previousRank: previousRanks.get(property.id) ?? null,
    property,
  };
}

function filterOf(input: RankingInput): PropertyFilter {
  const availability = input.availability ?? (input.status ? undefined : 'available');
  return toFilter({ ...input, availability });
}

/** What a cursor is bound to. */
function scopeOf(input: RankingInput): string {
  const { by, window } = input;
  return JSON.stringify(['ranking', by, by === 'likes' ? window : null, filterOf(input)]);
}

function fromPosition({ asOf, version, rank, key: { property_id, value, total } }: Position): Cursor {
  return [[asOf, version, rank, value, total].join(' '), property_id];
}

/** @throws InvalidParameters when it is none */
function toPosition([key, id]: Cursor): Position {
  const parts = /^(\d{1,15}) (\d{1,16}) (\d{1,10}) (\d{1,16}) (\d{1,10})$/.exec(String(key));
  if (id === null || !parts) {
    throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
  }
  const [asOf = 0, version = 0, rank = 0, value = 0, total = 0] = parts.slice(1).map(Number);
  return { asOf, version, rank, key: { property_id: id, value, total } };
}
