import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor, type Position as Cursor } from '../../http/pagination.js';
import { InvalidParameters } from '../../http/problem.js';
import type { PropertyDto } from '../../properties/dto/property.dto.js';
import { type PropertyFilter, toFilter } from '../../properties/search/filter.js';
import { PropertiesService } from '../../properties/read/properties.service.js';
import { StatusCatalogue } from '../../properties/read/status-catalogue.js';
import type { RankedPropertyDto, RankingPage } from './dto/ranking.dto.js';
import type { ListRankingInput, RankingInput } from './dto/ranking.input.js';
import { PAST_MS, RankedHome } from '../model/ranking.entity.js';
import { type Moment, RankingSnapshots } from './ranking-snapshot.js';
import { byPlace, type Key, LIST_OF_WINDOW, type RankingQuery } from './ranking-query.js';
import { type PlaceRow, RankingRepository } from './ranking.repository.js';
import { dayOf, scoreAt, WEEK_MS } from '../model/score.js';

const ROWS_AT_ONCE = 1_000;
const KEYS_AT_ONCE = 20_000;
const ATTEMPTS = 5;

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
  constructor(
    private readonly em: EntityManager,
    private readonly ranking: RankingRepository,
    private readonly moments: RankingSnapshots,
    private readonly properties: PropertiesService,
    private readonly statuses: StatusCatalogue,
  ) {}

  async listRanking(input: ListRankingInput): Promise<RankingPage> {
    const { limit } = input;
    const scope = scopeOf(input);
    const position = input.cursor === undefined ? null : toPosition(decodeCursor(scope, input.cursor));
    const { moment, query, rows } = position
      ? await this.#nextPage(input, position)
      : await this.#firstPage(input);
    const places = await this.#present(rows, position?.rank ?? 0);
    const page = places.slice(0, limit);
    const previous = await this.#previousRanks(query, moment.version, page);
    const [last] = places.length > limit ? page.slice(-1) : [];
    return {
      asOf: new Date(moment.asOf).toISOString(),
      items: page.map((place) => toItem(place, query, previous)),
      page: { limit, nextCursor: last ? encodeCursor(scope, fromPosition({ ...moment, ...last })) : null },
    };
  }

  /** A whole list of one moment, in parts. */
  async *readAll(input: RankingInput): AsyncGenerator<RankedPropertyDto[]> {
    const transaction = await this.em.getKysely().startTransaction().execute();
    try {
      const own = this.em.fork();
      own.setTransactionContext(transaction);
      const ranking = own.getRepository(RankedHome);
      const query = await this.queryOf(input, await this.moments.now(ranking));
      const previous = await this.#allPreviousRanks(ranking, query);
      let last: Place | undefined;
      do {
        const rows: PlaceRow[] = await ranking.findPage(query, last?.key ?? null, null, ROWS_AT_ONCE);
        const places: Place[] = await this.#present(rows, last?.rank ?? 0);
        yield places.map((place) => toItem(place, query, previous));
        last = places.at(-1);
      } while (last);
    } finally {
      await transaction.rollback().execute();
    }
  }

  /** What is asked of the numbers for these filters; `available` homes when none says otherwise. */
  async queryOf(
    input: RankingInput,
    { asOf, halfLifeDays }: Pick<Moment, 'asOf' | 'halfLifeDays'>,
  ): Promise<RankingQuery> {
    const { publicIds: statusIds } = await this.statuses.get();
    const list = input.by === 'trending' ? 'hot' : LIST_OF_WINDOW[input.window];
    return { list, filter: filterOf(input), statusIds, asOf, halfLifeDays };
  }

  /** Of the moment that the numbers are of, which may change between the two statements. */
  async #firstPage(
    input: ListRankingInput,
  ): Promise<{ moment: Moment; query: RankingQuery; rows: PlaceRow[] }> {
    for (let attempt = 1; ; attempt++) {
      const moment = await this.moments.now();
      const query = await this.queryOf(input, moment);
      const rows = await this.ranking.findPage(query, null, null, input.limit + 1);
      const isOfIt = rows.every(({ version }) => version === moment.version);
      if (isOfIt || attempt === ATTEMPTS) return { moment, query, rows };
    }
  }

  /** Of the moment of the first page: what homes had then, also those that have changed since. */
  async #nextPage(
    input: ListRankingInput,
    { asOf, version, key }: Position,
  ): Promise<{ moment: Moment; query: RankingQuery; rows: PlaceRow[] }> {
    const now = await this.moments.now();
    const query = await this.queryOf(input, { ...now, asOf });
    // What homes had is kept for a while, and the windows of a day end with it.
    const isOver = asOf < Date.now() - PAST_MS || (query.list.startsWith('d') && dayOf(asOf) !== now.day);
    if (isOver) throw refusedCursor('is too old: begin with the first page again');
    const rows = await this.ranking.findPage(query, key, version, input.limit + 1);
    return { moment: { ...now, asOf, version }, query, rows };
  }

  async #present(rows: readonly PlaceRow[], before: number): Promise<Place[]> {
    const properties = await this.properties.present(rows);
    return rows.map(({ property_id, value, total, d7 }, i) => ({
      key: { property_id, value, total },
      week: d7,
      rank: before + i + 1,
      property: properties[i] as PropertyDto,
    }));
  }

  /** The ranks of seven days before, as of a version. */
  #previousRanks(
    query: RankingQuery,
    version: number,
    places: readonly Place[],
  ): Promise<Map<number, number>> {
    const weekAgo = { ...query, asOf: query.asOf - WEEK_MS };
    const ids = places.map(({ key }) => key.property_id);
    return this.moments.remember(version, ['previous', query.list, query.filter, ids], async (ranking) => {
      const { version: current } = await ranking.findMoment();
      // Counted among the numbers as they are now; homes that have changed since are put where they were.
      const changed =
        current === version ? { now: [], past: [] } : await ranking.findChangedKeys(weekAgo, version);
      const keys = [
        ...(await ranking.findKeys(weekAgo, version, ids)),
        ...changed.past.filter((key) => ids.includes(key.property_id)),
      ];
      const better = await ranking.countBetter('ranking_week_ago', weekAgo, keys);
      const betterOf = (others: readonly Key[], key: Key): number =>
        others.filter((other) => byPlace(other, key) < 0).length;
      return new Map(
        keys.map((key) => [
          key.property_id,
          1 + (better.get(key.property_id) ?? 0) - betterOf(changed.now, key) + betterOf(changed.past, key),
        ]),
      );
    });
  }

  async #allPreviousRanks(ranking: RankingRepository, query: RankingQuery): Promise<Map<number, number>> {
    const weekAgo = { ...query, asOf: query.asOf - WEEK_MS };
    const ranks = new Map<number, number>();
    for (let after: Key | null = null, more = true; more;) {
      const keys: Key[] = await ranking.findOrder('ranking_week_ago', weekAgo, after, KEYS_AT_ONCE);
      for (const key of keys) ranks.set(key.property_id, ranks.size + 1);
      after = keys.at(-1) ?? null;
      more = keys.length === KEYS_AT_ONCE;
    }
    return ranks;
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
  const parts = /^(\d{1,15}) (\d{1,15}) (\d{1,10}) (\d{1,16}) (\d{1,10})$/.exec(String(key));
  if (id === null || !parts) throw refusedCursor('is not a cursor of this list');
  const [asOf = 0, version = 0, rank = 0, value = 0, total = 0] = parts.slice(1).map(Number);
  return { asOf, version, rank, key: { property_id: id, value, total } };
}

const refusedCursor = (message: string): InvalidParameters =>
  new InvalidParameters([{ field: 'cursor', message }]);
