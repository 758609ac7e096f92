import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import {
  isSamePrice,
  type LoggedPrice,
  type Price,
  type PriceColumns,
  priceColumns,
  priceOf,
  shownPrices,
} from './price-columns.js';
import type { SearchRow } from './search-row.js';

type PropertyRow = Selectable<Tables['property']>;
type StoredPrice = Pick<Selectable<Tables['property_search']>, 'price' | 'currency' | 'availability'>;

/** The row of `search_state`, read with the global write lock. */
export interface LockedState {
  readonly version: number;
  /** 1 when every property has a search row, so that a property without one is new. */
  readonly is_built: number;
  readonly prices_since: string;
  /** The time of the database's clock, without a zone, and in milliseconds since 1970. */
  readonly now: string;
  readonly now_ms: number;
}

/** A property, its present price, and what is known of its prices. */
interface Known {
  readonly row: PropertyRow;
  readonly price: Price;
  /** By the search row; null for a property that is new or was hidden. */
  readonly stored: Price | null;
  /** The last two rows of the log, or fewer. */
  log: LoggedPrice[];
  /** The new `updated_at` of the row, when PriceLog has changed it. */
  writtenAt?: string;
}

/** The prices of the properties of one refresh. */
export type KnownPrices = ReadonlyMap<number, Known>;

/**
 * Writes the price log and the columns of `property` that are derived from it. SearchWriter calls it for every writer of prices: the
 * caller has locked the rows of `property`. Prices of hidden properties are not logged: the log is public.
 */
@Injectable()
export class PriceLog extends SqlRepository<Tables> {
  /** Reads what is known of the prices of these properties. @param stored their present search rows */
  async read(
    derived: readonly { source: PropertyRow; row: SearchRow }[],
    stored: ReadonlyMap<number, StoredPrice>,
  ): Promise<KnownPrices> {
    const ids = derived.map(({ source }) => source.id);
    const { rows: logged } = await sql<LoggedPrice & { property_id: number }>`
      select p.property_id, p.n, p.price, p.currency, p.at, cast(round(unix_timestamp(p.at) * 1000) as signed) as at_ms
      from (
        select property_id, max(n) as last from property_price where property_id in (${sql.join(ids)})
        group by property_id
      ) logged straight_join (select 0 as back union all select 1) two
      straight_join property_price p on p.property_id = logged.property_id and p.n = logged.last - two.back
      order by p.property_id, p.n`.execute(this.db);
    const logs = Map.groupBy(logged, (row) => row.property_id);
    return new Map(
      derived.map(({ source, row }) => {
        const before = stored.get(source.id);
        const known: Known = {
          row: source,
          price: priceOf(source, row.price),
          stored: before && before.availability !== null ? priceOf(before, before.price) : null,
          log: logs.get(source.id) ?? [],
        };
        return [source.id, known];
      }),
    );
  }

  /**
   * Adds the prices that the log lacks. Call it under the global write lock: so times rise with the order of commits.
   * @param unlogged properties whose price may have been changed by a process that does not write the log
   */
  async write(known: KnownPrices, state: LockedState, unlogged: ReadonlySet<number>): Promise<void> {
    const behind = [...known.values()].filter((one) => isBehind(one));
    const added: (string | number | null)[][] = [];
    for (const one of known.values()) {
      const steps = missingSteps(one, state, unlogged.has(one.row.id));
      for (const { n, price, currency, at } of steps) added.push([one.row.id, n, price, currency, at]);
      one.log = [...one.log, ...steps].slice(-2);
    }
    if (added.length > 0)
      await sql`insert into property_price (property_id, n, price, currency, at) values ${sql.join(
        added.map((values) => sql`(${sql.join(values)})`),
      )}`.execute(this.db);
    await this.#show(behind, state.now);
  }

  // `updated_at` moves with the prices that the API shows. It is set here, so that the search row can be derived from it.
  async #show(changed: readonly Known[], now: string): Promise<void> {
    if (changed.length === 0) return;
    const values = changed.map(({ row, log }) => {
      const { previous_price: price, price_changed_at: at } = shownPrices(log);
      return [row.id, price, at];
    });
    await sql`
      update json_table(${JSON.stringify(values)}, '$[*]' columns (
        id int path '$[0]', price bigint path '$[1]', at varchar(23) path '$[2]'
      )) given straight_join property force index (primary) on property.id = given.id
      set property.previous_price = given.price, property.price_changed_at = given.at,
        property.updated_at = ${now}`.execute(this.db);
    for (const one of changed) one.writtenAt = now;
  }
}

/** Whether the log lacks a change of the price, or the property has other columns than the log says. */
export function isBehind({ row, price, stored, log }: Known): boolean {
  const last = log.at(-1) ?? stored;
  if (row.availability !== null && last && !isSamePrice(last, price)) return true;
  const shown = shownPrices(log);
  return row.previous_price !== shown.previous_price || row.price_changed_at !== shown.price_changed_at;
}

export function columnsOf({ price, log }: Known): PriceColumns {
  return priceColumns(price, log);
}

/** `updated_at` of the property row, also after PriceLog has changed it. */
export function updatedAt({ row, writtenAt }: Known): string | null {
  return writtenAt ?? row.updated_at;
}

/** The rows that the log of a property lacks: its present price, and before its first change also the price before. */
function missingSteps(
  { row, price, stored, log }: Known,
  state: LockedState,
  isUnlogged: boolean,
): LoggedPrice[] {
  const last = log.at(-1);
  const isHidden = row.availability === null;
  if (last) {
    if (isHidden) return [];
    if (isSamePrice(last, price)) return [];
    // The clock may have been set back.
    const { at, at_ms } = last.at > state.now ? last : nowOf(state);
    return [{ ...price, n: last.n + 1, at, at_ms }];
  }
  if (!stored) return state.is_built === 1 && !isHidden ? [{ ...price, n: 1, ...nowOf(state) }] : [];
  // Since when it has this price is not known.
  if (isUnlogged && isSamePrice(stored, price)) return [{ ...price, n: 1, ...nowOf(state) }];
  if (isSamePrice(stored, price) && !isHidden) return [];
  const known =
    row.created_at !== null && row.created_at > state.prices_since ? row.created_at : state.prices_since;
  const first = { ...stored, n: 1, at: known < state.now ? known : state.now, at_ms: 0 };
  return isHidden ? [first] : [first, { ...price, n: 2, ...nowOf(state) }];
}

function nowOf({ now, now_ms }: LockedState): { at: string; at_ms: number } {
  return { at: now, at_ms: now_ms };
}
