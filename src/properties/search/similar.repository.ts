import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Sql } from './filter-sql.js';
import { LOCATION, source } from './page-sql.js';
import { boxAround } from '../model/location.js';

/** What homes are compared by. */
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
// Of each kind: the next cheaper, the next dearer, the nearest.
const CANDIDATES = 100;
const NEAR = 700; // metres

/** Homes that may be alike: a few hundred rows, however large the city. */
@Injectable()
export class SimilarRepository {
  constructor(private readonly em: EntityManager) {}

  /** Undefined also for a hidden one. */
  async findVisible(id: number): Promise<ComparedRow | undefined> {
    const rows = await this.#read(
      sql`select ${COLUMNS} from property_search where property_id = ${id} and availability is not null`,
    );
    return rows[0];
  }

  /** Visible homes of the same kind and city, next in price or near by. */
  async findCandidates({ property_id: id, ...home }: ComparedRow): Promise<ComparedRow[]> {
    const sameKind = sql`s.city_key = ${home.city_key} and s.property_type = ${home.property_type}
      and s.availability in ('available', 'sold') and s.property_id <> ${id}`;
    const inPrice = (condition: Sql, direction: 'asc' | 'desc'): Sql => sql`
      (select ${COLUMNS} from ${source('property_search_alike')} where ${sameKind} ${condition}
      order by s.price ${sql.raw(direction)}, s.property_id ${sql.raw(direction)} limit ${CANDIDATES})`;
    const parts =
      home.price === null
        ? [inPrice(sql``, 'desc')]
        : [
            inPrice(sql`and s.price <= ${home.price}`, 'desc'),
            inPrice(sql`and s.price > ${home.price}`, 'asc'),
          ];
    if (home.latitude !== null && home.longitude !== null) {
      const { west, south, east, north } = boxAround({ lat: home.latitude, lng: home.longitude }, NEAR);
      parts.push(sql`
        (select ${COLUMNS} from ${source(LOCATION)} where ${sameKind}
        and s.latitude between ${south} and ${north} and s.longitude between ${west} and ${east} limit ${CANDIDATES})`);
    }
    // What is found twice is one home.
    return this.#read(sql`${sql.join(parts, sql` union `)}`);
  }

  async #read(query: Sql): Promise<ComparedRow[]> {
    const { rows } = await sql<Record<string, unknown>>`${query}`.execute(this.em.getKysely());
    const number = (value: unknown): number | null => (value === null ? null : Number(value));
    return rows.map((row) => ({
      ...(row as unknown as ComparedRow),
      price: number(row['price']),
      area: number(row['area']),
      latitude: number(row['latitude']),
      longitude: number(row['longitude']),
    }));
  }
}
