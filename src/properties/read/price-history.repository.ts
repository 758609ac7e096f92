import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';

/** A price of the log. Times are without a zone, in the zone of the database's dates. */
export type PriceRow = Pick<Selectable<Tables['property_price']>, 'n' | 'price' | 'currency' | 'at'>;

/** The property, and what its first known price depends on. */
export interface PricedProperty {
  price: number;
  currency: string | null;
  availability: string | null;
  created_at: string | null;
  /** When the price log began. */
  prices_since: string;
}

/** Reads the price log, which PriceLog writes. */
@Injectable()
export class PriceHistoryRepository extends SqlRepository<Tables> {
  async findProperty(id: number): Promise<PricedProperty | undefined> {
    const { rows } = await sql<PricedProperty>`
      select p.price, p.currency, p.availability, p.created_at,
        coalesce(state.prices_since, current_timestamp(3)) as prices_since
      from property p join search_state state where p.id = ${id}`.execute(this.db);
    return rows[0];
  }

  /** The last ones, newest first. */
  findPrices(id: number, limit: number): Promise<PriceRow[]> {
    return this.db
      .selectFrom('property_price')
      .select(['n', 'price', 'currency', 'at'])
      .where('property_id', '=', id)
      .orderBy('n', 'desc')
      .limit(limit)
      .execute();
  }
}
