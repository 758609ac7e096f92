import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { openTransaction } from '../../database/transaction.js';
import { Cursors, type Position as CursorPosition } from '../../http/cursors.js';
import { InvalidParameters } from '../../http/problem.js';
import type { PropertyDto } from '../../properties/dto/property.dto.js';
import { type PropertyFilter, toFilter } from '../../properties/search/filter.js';
import { PropertiesService } from '../../properties/read/properties.service.js';
import { StatusCatalogue } from '../../properties/read/status-catalogue.js';
import type { RankedPropertyDto, RankingPage } from './dto/ranking.dto.js';
import type { ListRankingInput, RankingInput } from './dto/ranking.input.js';
import { PAST_RETENTION_MS } from '../model/ranking.entity.js';
import { RankingCounts } from './ranking-counts.js';
import { type RankingSnapshot, RankingSnapshots } from './ranking-snapshot.js';
import { compareKeys, type RankingKey, type RankingQuery } from './ranking-query.js';
import type { RankedRow } from './ranking-row.js';
import { RankingRepository } from './ranking.repository.js';
import { COLUMN_OF_WINDOW, dayOf, scoreAt, WEEK_MS } from '../model/score.js';

/** Rows per query of an export. */
const ROW_BATCH_SIZE = 1_000;
/** Keys per query of an export's week-ago ranks. */
const KEY_BATCH_SIZE = 20_000;
const MAX_FIRST_PAGE_READS = 5;

/** The end of a page, and the snapshot of the first page. */
interface PageEnd {
  asOf: number;
  version: number;
  rank: number;
  key: RankingKey;
}
interface RankedItem {
  key: RankingKey;
  /** The likes of seven days in the trending list, otherwise 0. */
  weekLikes: number;
  untrusted: number;
  rank: number;
  property: PropertyDto;
}
export interface RankingBatch {
  asOf: number;
  items: RankedPropertyDto[];
}
interface PageRead {
  snapshot: RankingSnapshot;
  query: RankingQuery;
  rows: RankedRow[];
}

@Injectable()
export class RankingService {
  constructor(
    private readonly em: EntityManager,
    private readonly ranking: RankingRepository,
    private readonly snapshots: RankingSnapshots,
    private readonly counts: RankingCounts,
    private readonly properties: PropertiesService,
    private readonly statuses: StatusCatalogue,
    private readonly cursors: Cursors,
  ) {}

  /**
   * A page of the ranking. Later pages show the version of the first page.
   * @throws InvalidParameters for a cursor of another list or an expired one
   */
  async listRanking(input: ListRankingInput): Promise<RankingPage> {
    const { limit } = input;
    const scope = scopeOf(input);
    const after = input.cursor === undefined ? null : toPageEnd(this.cursors.decode(scope, input.cursor));
    const { snapshot, query, rows } = after
      ? await this.#readNextPage(input, after)
      : await this.#readFirstPage(input);
    const found = await this.#present(rows, after?.rank ?? 0);
    const items = found.slice(0, limit);
    const previousRanks = await this.#previousRanks(query, snapshot.version, items);
    const [last] = found.length > limit ? items.slice(-1) : [];
    const nextCursor = last ? this.cursors.encode(scope, fromPageEnd({ ...snapshot, ...last })) : null;
    const total = input.count ? { total: await this.counts.count(query) } : {};
    return {
      asOf: new Date(snapshot.asOf).toISOString(),
      items: items.map((item) => toDto(item, query, previousRanks)),
      page: { limit, nextCursor, ...total },
    };
  }

  /**
   * The whole list in batches, read in one transaction that stays open until the last batch is taken. An empty list is one
   * empty batch.
   */
  async *readAll(input: RankingInput): AsyncGenerator<RankingBatch> {
    const transaction = await openTransaction(this.em);
    try {
      const { query, previousRanks } = await transaction.run(async () => {
        const found = await this.queryOf(input, await this.snapshots.current());
        return { query: found, previousRanks: await this.#allPreviousRanks(found) };
      });
      let last: RankedItem | undefined;
      do {
        const after: RankingKey | null = last?.key ?? null;
        const rows: RankedRow[] = await transaction.run(() =>
          this.ranking.findPage(query, after, null, ROW_BATCH_SIZE),
        );
        const items: RankedItem[] = await this.#present(rows, last?.rank ?? 0);
        yield { asOf: query.asOf, items: items.map((item) => toDto(item, query, previousRanks)) };
        last = items.at(-1);
      } while (last);
    } finally {
      await transaction.end();
    }
  }

  /** The query for these parameters. Without `availability` and `status`, only available properties match. */
  async queryOf(
    input: RankingInput,
    { asOf, halfLifeDays, day }: Pick<RankingSnapshot, 'asOf' | 'halfLifeDays' | 'day'>,
  ): Promise<RankingQuery> {
    const { publicIds: statusIds } = await this.statuses.get();
    const sortColumn = input.by === 'trending' ? 'hot' : COLUMN_OF_WINDOW[input.window];
    return { sortColumn, filter: filterOf(input), statusIds, asOf, halfLifeDays, day };
  }

  /** Reads the snapshot and the page again when the version changed between these two statements. */
  async #readFirstPage(input: ListRankingInput): Promise<PageRead> {
    for (let attempt = 1; ; attempt++) {
      const snapshot = await this.snapshots.current();
      const query = await this.queryOf(input, snapshot);
      const rows = await this.ranking.findPage(query, null, null, input.limit + 1);
      const isSameVersion = rows.every(({ version }) => version === snapshot.version);
      if (isSameVersion || attempt === MAX_FIRST_PAGE_READS) return { snapshot, query, rows };
    }
  }

  async #readNextPage(input: ListRankingInput, { asOf, version, key }: PageEnd): Promise<PageRead> {
    const now = await this.snapshots.current();
    const query = await this.queryOf(input, { ...now, asOf });
    // Old numbers are kept for a limited time. Window counts change at the end of the UTC day.
    const isWindow = query.sortColumn.startsWith('d');
    const isExpired = asOf < Date.now() - PAST_RETENTION_MS || (isWindow && dayOf(asOf) !== now.day);
    if (isExpired) throw refusedCursor('is too old: begin with the first page again');
    const rows = await this.ranking.findPage(query, key, version, input.limit + 1);
    return { snapshot: { ...now, asOf, version }, query, rows };
  }

  async #present(rows: readonly RankedRow[], rankBefore: number): Promise<RankedItem[]> {
    const properties = await this.properties.present(rows);
    return rows.map(({ property_id, value, total, d7, untrusted }, i) => ({
      key: { property_id, value, total },
      weekLikes: d7,
      untrusted,
      rank: rankBefore + i + 1,
      property: properties[i] as PropertyDto,
    }));
  }

  /** The ranks of seven days before at a version, by property id. */
  #previousRanks(
    query: RankingQuery,
    version: number,
    items: readonly RankedItem[],
  ): Promise<Map<number, number>> {
    const weekAgo = { ...query, asOf: query.asOf - WEEK_MS };
    const ids = items.map(({ key }) => key.property_id);
    const cacheKey = ['previous', query.sortColumn, query.filter, ids];
    return this.snapshots.remember(version, cacheKey, async () => {
      const { version: current } = await this.ranking.findSnapshot();
      // Ranks are counted in the current table, then corrected for properties that changed since the version.
      const changed =
        current === version
          ? { now: [], past: [] }
          : await this.ranking.findChangedWeekAgoKeys(weekAgo, version);
      const keys = [
        ...(await this.ranking.findUnchangedWeekAgoKeys(weekAgo, version, ids)),
        ...changed.past.filter((key) => ids.includes(key.property_id)),
      ];
      const better = await this.ranking.countBetter('ranking_week_ago', weekAgo, keys);
      const countBetterIn = (others: readonly RankingKey[], key: RankingKey): number =>
        others.filter((other) => compareKeys(other, key) < 0).length;
      return new Map(
        keys.map((key) => {
          const betterNow = better.get(key.property_id) ?? 0;
          const betterThen = betterNow - countBetterIn(changed.now, key) + countBetterIn(changed.past, key);
          return [key.property_id, betterThen + 1];
        }),
      );
    });
  }

  async #allPreviousRanks(query: RankingQuery): Promise<Map<number, number>> {
    const weekAgo = { ...query, asOf: query.asOf - WEEK_MS };
    const ranks = new Map<number, number>();
    for (let after: RankingKey | null = null, more = true; more;) {
      const keys: RankingKey[] = await this.ranking.findKeys(
        'ranking_week_ago',
        weekAgo,
        after,
        KEY_BATCH_SIZE,
      );
      for (const key of keys) ranks.set(key.property_id, ranks.size + 1);
      after = keys.at(-1) ?? null;
      more = keys.length === KEY_BATCH_SIZE;
    }
    return ranks;
  }
}

function toDto(
  { key, weekLikes, untrusted, rank, property }: RankedItem,
  { sortColumn, asOf, halfLifeDays }: RankingQuery,
  previousRanks: ReadonlyMap<number, number>,
): RankedPropertyDto {
  const isTrending = sortColumn === 'hot';
  return {
    rank,
    score: isTrending ? scoreAt(key.value, asOf, halfLifeDays) : key.value,
    likes: {
      window: isTrending ? weekLikes : key.value,
      total: key.total + untrusted,
      trusted: key.total,
    },
    previousRank: previousRanks.get(property.id) ?? null,
    property,
  };
}

function filterOf(input: RankingInput): PropertyFilter {
  const availability = input.availability ?? (input.status ? undefined : 'available');
  return toFilter({ ...input, availability });
}

/** Names the list of a cursor: another list refuses it. */
function scopeOf(input: RankingInput): string {
  const { by, window } = input;
  return JSON.stringify(['ranking', by, by === 'likes' ? window : null, filterOf(input)]);
}

function fromPageEnd({ asOf, version, rank, key: { property_id, value, total } }: PageEnd): CursorPosition {
  return [[asOf, version, rank, value, total].join(' '), property_id];
}

/** @throws InvalidParameters when the cursor does not have the form that fromPageEnd() gives */
function toPageEnd([key, id]: CursorPosition): PageEnd {
  const match = /^(\d{1,15}) (\d{1,15}) (\d{1,10}) (\d{1,16}) (\d{1,10})$/.exec(String(key));
  if (id === null || !match) throw refusedCursor('is not a cursor of this list');
  const [asOf = 0, version = 0, rank = 0, value = 0, total = 0] = match.slice(1).map(Number);
  return { asOf, version, rank, key: { property_id: id, value, total } };
}

const refusedCursor = (message: string): InvalidParameters =>
  new InvalidParameters([{ field: 'cursor', message }]);
