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
import { type PlaceRow, RankingRepository } from './ranking.repository.js';
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
interface Place extends PlaceRow {
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
    const moved = position ? await this.#movedSince(position.version) : [];
    const places = await this.#findPlaces(query, position, moved, limit + 1);
    const page = places.slice(0, limit);
    const previous = await this.#previousRanks(
      query,
      moment,
      moved,
      page.map((place) => place.property_id),
    );
    const [last] = places.length > limit ? page.slice(-1) : [];
    const version = position?.version ?? now.version;
    return {
      asOf: new Date(moment.asOf).toISOString(),
      items: page.map((place) => toItem(place, query, previous.get(place.property_id) ?? null)),
      page: {
        limit,
        nextCursor: last ? encodeCursor(scope, fromPosition(last, moment.asOf, version)) : null,
      },
    };
  }

  /** A whole list, in parts. What comes after the first part is of the moment that the first is of. */
  async *readAll(input: RankingInput): AsyncGenerator<RankedPropertyDto[]> {
    const moment = await this.moments.now();
    const query = await this.queryOf(input, moment);
    const previous = await this.#allPreviousRanks(query);
    let position: Position | null = null;
    for (let more = true; more;) {
      const moved: number[] = position ? await this.#movedSince(moment.version) : [];
      const places: Place[] = await this.#findPlaces(query, position, moved, ROWS_AT_ONCE);
      yield places.map((place) => toItem(place, query, previous.get(place.property_id) ?? null));
      const last = places.at(-1);
      more = last !== undefined;
      if (last) position = { ...moment, rank: last.rank, key: last };
    }
  }

  /** What is asked of the numbers for these filters; `available` homes when none says otherwise. */
  async queryOf(input: RankingInput, { asOf, halfLifeDays }: Moment): Promise<RankingQuery> {
    const { publicIds: statusIds } = await this.statuses.get();
    const list = input.by === 'trending' ? 'hot' : LIST_OF_WINDOW[input.window];
    return { list, filter: filterOf(input), statusIds, asOf, halfLifeDays };
  }

  /** The homes whose numbers changed since then; none where they are too many to look at each. */
  async #movedSince(version: number): Promise<number[]> {
    const moved = await this.ranking.findChanged(version, MOST_MOVED + 1);
    return moved.length > MOST_MOVED ? [] : moved;
  }

  /**
   * The next places of a list. Homes that moved since its first page keep the place that they had: their numbers are
   * worked out once more, for the moment of that page.
   */
  async #findPlaces(
    query: RankingQuery,
    position: Position | null,
    moved: readonly number[],
    limit: number,
  ): Promise<Place[]> {
    const after = position?.key ?? null;
    const standing = await this.ranking.findPage(query, after, limit, moved);
    const kept = after
      ? (await this.#findMoved(query, moved, 2)).filter((row) => byPlace(after, row) < 0)
      : [];
    const rows = kept.length > 0 ? [...standing, ...kept].toSorted(byPlace).slice(0, limit) : standing;
    const properties = await this.properties.findVisible(rows.map((row) => row.property_id));
    let rank = position?.rank ?? 0;
    return rows.flatMap((row) => {
      const property = properties.get(row.property_id);
      return property ? [{ ...row, rank: ++rank, property }] : [];
    });
  }

  async #previousRanks(
    query: RankingQuery,
    moment: Moment,
    moved: readonly number[],
    ids: readonly number[],
  ): Promise<Map<number, number>> {
    const then = { ...query, asOf: query.asOf - WEEK_MS };
    const load = async (): Promise<Map<number, number>> => {
      const movedThen = await this.#findMoved(query, moved, 1);
      const movedNow = await this.ranking.findKeys('ranking_week_ago', then, moved);
      const standing = await this.ranking.findKeys(
        'ranking_week_ago',
        then,
        ids.filter((id) => !moved.includes(id)),
      );
      const keys = [...standing, ...movedThen.filter((key) => ids.includes(key.property_id))];
      const better = await this.ranking.countBetter('ranking_week_ago', then, keys);
      const betterOf = (all: readonly Key[], key: Key): number =>
        all.filter((other) => byPlace(other, key) < 0).length;
      return new Map(
        keys.map((key) => [
          key.property_id,
          1 + (better.get(key.property_id) ?? 0) + betterOf(movedThen, key) - betterOf(movedNow, key),
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

  /**
   * The places that homes of the filter had at the moment of the query, or seven days before, from their likes.
   * @param phases of likes that counted: 2, at that moment; 1, seven days before
   */
  async #findMoved(query: RankingQuery, ids: readonly number[], phases: 1 | 2): Promise<PlaceRow[]> {
    const { list, asOf, halfLifeDays } = query;
    const matching = await this.ranking.findMatching(query, ids);
    const likes = await this.#likes.findLikes(matching, asOf, halfLifeDays);
    const time = phases === 2 ? asOf : asOf - WEEK_MS;
    return [...Map.groupBy(likes, (row) => row.property_id)].flatMap(([id, rows]) => {
      const counted = mergeDays(rows.filter(({ phase }) => phase < phases));
      const numbers = numbersOf(counted, dayOf(time), halfLifeDays);
      const value = numbers[list];
      return value !== null && value > floorOf({ ...query, asOf: time })
        ? [{ property_id: id, value, total: numbers.total, d7: numbers.d7 }]
        : [];
    });
  }
}

function toItem(place: Place, query: RankingQuery, previousRank: number | null): RankedPropertyDto {
  const { list, asOf, halfLifeDays } = query;
  const trending = list === 'hot';
  return {
    rank: place.rank,
    score: trending ? scoreAt(place.value, asOf, halfLifeDays) : place.value,
    likes: { window: trending ? place.d7 : place.value, total: place.total },
    previousRank,
    property: place.property,
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

function fromPosition(last: Place, asOf: number, version: number): Cursor {
  return [[asOf, version, last.rank, last.value, last.total].join(' '), last.property_id];
}

/** @throws InvalidParameters when it is none */
function toPosition([key, id]: Cursor): Position {
  if (id !== null && /^\d{1,15}( \d{1,16}){4}$/.test(String(key))) {
    const [asOf, version, rank, value, total] = String(key).split(' ').map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { asOf, version, rank, key: { property_id: id, value, total } };
  }
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}
