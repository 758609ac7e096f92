import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import { all, indexRangesOf } from '../../properties/search/filter-sql.js';
import {
  compareKeys,
  filterConditions,
  type RankingKey,
  type RankingQuery,
  selectFromRange,
  sortedRows,
} from './ranking-query.js';
import { scopeOf } from '../model/scope.js';
import type { Tables } from '../model/kysely-tables.js';

/** Cities per statement of findBest(). */
const CITY_BATCH_SIZE = 100;

/** The queries of `ranking` that compare cities. */
@Injectable()
export class CityRankingRepository extends SqlRepository<Tables> {
  /** The sum of the sort column by city key, for the cities among `cityKeys` where it is above 0. */
  async countByCity(query: RankingQuery, cityKeys: readonly string[]): Promise<Map<string, number>> {
    const inCities = { ...query, filter: { ...query.filter, cityKeys } };
    const source = sortedRows('ranking', inCities);
    const { rows } = await sql<{ scope: number; likes: number }>`
      select s.city_scope as scope, sum(${sql.ref(`s.${source.columns.value}`)}) as likes
      from ${source.from} where ${all(filterConditions(query, source.columns))} group by s.city_scope`.execute(
      this.db,
    );
    const likesByScope = new Map(rows.map(({ scope, likes }) => [scope, likes]));
    const counts = new Map<string, number>();
    for (const range of indexRangesOf(inCities.filter)) {
      const likes = likesByScope.get(scopeOf(range) as number) ?? 0;
      if (likes > 0) counts.set(range.cityKey as string, (counts.get(range.cityKey as string) ?? 0) + likes);
    }
    return counts;
  }

  /** The id of the best property of each of these cities, by city key. */
  async findBest(query: RankingQuery, cityKeys: readonly string[]): Promise<Map<string, number>> {
    const best = new Map<string, RankingKey>();
    for (let start = 0; start < cityKeys.length; start += CITY_BATCH_SIZE) {
      const filter = { ...query.filter, cityKeys: cityKeys.slice(start, start + CITY_BATCH_SIZE) };
      const inCities = { ...query, filter };
      const conditions = filterConditions(query, sortedRows('ranking', inCities).columns);
      const selects = indexRangesOf(filter).map(
        (range) =>
          sql`(${selectFromRange(inCities, range, conditions, 1, sql`${range.cityKey} as city_key`)})`,
      );
      const { rows } = await sql<
        RankingKey & { city_key: string }
      >`${sql.join(selects, sql` union all `)}`.execute(this.db);
      for (const { city_key: city, ...key } of rows) {
        const other = best.get(city);
        if (!other || compareKeys(key, other) < 0) best.set(city, key);
      }
    }
    return new Map([...best].map(([city, key]) => [city, key.property_id]));
  }
}
