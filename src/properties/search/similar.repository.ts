import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Sql } from './filter-sql.js';
import { fromIndex, LOCATION_INDEX } from './page-sql.js';
import { boxAround } from '../model/location.js';

/** The values that two properties are compared by. */
export interface ComparedRow {
  property_id: number;
  availability: string;
  city_key: string;
  neighbourhood_key: string;
  property_type: string;
  price: number | null;
  area: number | null;
  bedrooms: number | null;
  latitude: number | null;
  longitude: number | null;
}

const COLUMNS = sql.raw(
  'property_id, availability, city_key, neighbourhood_key, property_type, price, area, bedrooms, latitude, longitude',
);
// Bounds each group of candidates: the next cheaper, the next more expensive, the nearby properties.
const MAX_CANDIDATES_PER_GROUP = 100;
const NEARBY_METRES = 700;

/** Finds candidates for similar properties: at most a few hundred rows, even in a large city. */
@Injectable()
export class SimilarRepository extends SqlRepository {
  /** @returns undefined when the property is hidden or does not exist */
  async findComparedRow(id: number): Promise<ComparedRow | undefined> {
    const rows = await this.#read(
      sql`select ${COLUMNS} from property_search where property_id = ${id} and availability is not null`,
    );
    return rows[0];
  }

  /** Visible properties of the same type and city with a close price, or within about 700 m. Each one once. */
  async findCandidates({ property_id: id, ...property }: ComparedRow): Promise<ComparedRow[]> {
    const isSameKind = sql`s.city_key = ${property.city_key} and s.property_type = ${property.property_type}
      and s.availability in ('available', 'sold') and s.property_id <> ${id}`;
    const closestInPrice = (condition: Sql, direction: 'asc' | 'desc'): Sql => sql`
      (select ${COLUMNS} from ${fromIndex('property_search_alike')} where ${isSameKind} ${condition}
      order by s.price ${sql.raw(direction)}, s.property_id ${sql.raw(direction)} limit ${MAX_CANDIDATES_PER_GROUP})`;
    const groups =
      property.price === null
        ? [closestInPrice(sql``, 'desc')]
        : [
            closestInPrice(sql`and s.price <= ${property.price}`, 'desc'),
            closestInPrice(sql`and s.price > ${property.price}`, 'asc'),
          ];
    if (property.latitude !== null && property.longitude !== null) {
      const { west, south, east, north } = boxAround(
        { lat: property.latitude, lng: property.longitude },
        NEARBY_METRES,
      );
      groups.push(sql`
        (select ${COLUMNS} from ${fromIndex(LOCATION_INDEX)} where ${isSameKind}
        and s.latitude between ${south} and ${north} and s.longitude between ${west} and ${east} limit ${MAX_CANDIDATES_PER_GROUP})`);
    }
    // `union` removes rows that two groups contain.
    return this.#read(sql`${sql.join(groups, sql` union `)}`);
  }

  async #read(query: Sql): Promise<ComparedRow[]> {
    const { rows } = await sql<ComparedRow>`${query}`.execute(this.db);
    return rows;
  }
}
