import { EntityRepository } from '@mikro-orm/mysql';
import { type ExpressionBuilder, type ExpressionWrapper, type Selectable, type SqlBool } from 'kysely';
import type { Position } from '../http/pagination.js';
import type { PropertyFilter } from './property-filter.js';
import type { SortKey } from './property-sort.js';
import type { Property } from './property.entity.js';
import { PUBLIC_STATUSES, type PublicStatus } from './status.js';
import type { Tables } from './tables.js';

const COLUMNS = [
  'id',
  'address',
  'city',
  'neighbourhood',
  'price',
  'currency',
  'description',
  'year',
  'property_type',
  'area',
  'bedrooms',
  'bathrooms',
  'parking_spots',
  'stratum',
  'latitude',
  'longitude',
  'current_status_id',
  'availability',
  'status_since',
  'created_at',
  'updated_at',
] as const;
const SELECTED = COLUMNS.map((column) => `property.${column}` as const);

/** A row as the driver gives it: dates are naive text, decimals text, large integers text. */
export type PropertyRow = Pick<Selectable<Tables['property']>, (typeof COLUMNS)[number]>;

/** A public step of a property's history, newest first; exact repeats are one. */
export interface HistoryRow {
  status_id: number;
  update_date: string;
}

type Where = ExpressionBuilder<Tables, 'property'>;

/** Every query that reads `property` and its history. */
export class PropertyRepository extends EntityRepository<Property> {
  get #db() {
    return this.getEntityManager().getKysely<Tables>();
  }

  /** The rows of a page after `after`, in the order of `sort`, those whose sort value is unknown last. */
  async findPage(
    filter: PropertyFilter,
    statusIds: StatusIds,
    sort: SortKey,
    after: Position | null,
    limit: number,
  ): Promise<PropertyRow[]> {
    const inUnknown = after !== null && after[0] === null;
    const known = inUnknown ? [] : await this.#findSection(filter, statusIds, sort, true, after, limit);
    if (sort.unknown === undefined || known.length === limit) return known;
    const rest = await this.#findSection(
      filter,
      statusIds,
      sort,
      false,
      inUnknown ? after : null,
      limit - known.length,
    );
    return [...known, ...rest];
  }

  // The known and the unknown values are a range of the index each, so that a page never crosses a NULL.
  #findSection(
    filter: PropertyFilter,
    statusIds: StatusIds,
    sort: SortKey,
    known: boolean,
    after: Position | null,
    limit: number,
  ): Promise<PropertyRow[]> {
    const column = `property.${sort.column}` as const;
    const beyond = sort.direction === 'asc' ? '>' : '<';
    let keys = this.#db
      .selectFrom('property')
      .select('property.id')
      .where((eb) => matches(eb, filter, statusIds))
      .orderBy(column, sort.direction)
      .orderBy('property.id', sort.direction)
      .limit(limit);
    if (sort.unknown === 0) keys = keys.where(column, known ? '<>' : '=', 0);
    if (sort.unknown === null) keys = keys.where(column, known ? 'is not' : 'is', null);
    if (after) {
      const [key, id] = after;
      // Spelt out: of a row comparison MySQL makes no range of the index.
      keys = keys.where((eb) =>
        known
          ? eb.or([
              eb(column, beyond, key as never),
              eb.and([eb(column, '=', key as never), eb('property.id', beyond, id)]),
            ])
          : eb('property.id', beyond, id),
      );
    }
    // Keys first, rows after: only the rows of the page are read in full, and MariaDB stays on the index.
    return this.#db
      .selectFrom(keys.as('page'))
      .innerJoin('property', 'property.id', 'page.id')
      .select(SELECTED)
      .orderBy(column, sort.direction)
      .orderBy('property.id', sort.direction)
      .execute();
  }

  async countMatching(filter: PropertyFilter, statusIds: StatusIds): Promise<number> {
    const { total } = await this.#db
      .selectFrom('property')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where((eb) => matches(eb, filter, statusIds))
      .executeTakeFirstOrThrow();
    return Number(total);
  }

  findVisible(id: number): Promise<PropertyRow | undefined> {
    return this.#db
      .selectFrom('property')
      .select(SELECTED)
      .where('property.id', '=', id)
      .where('property.availability', 'is not', null)
      .executeTakeFirst();
  }

  findHistory(id: number, statusIds: readonly number[]): Promise<HistoryRow[]> {
    return this.#db
      .selectFrom('status_history')
      .select(['status_id', 'update_date'])
      .where('property_id', '=', id)
      .where('status_id', 'in', statusIds)
      .groupBy(['status_id', 'update_date'])
      .orderBy('update_date', 'desc')
      .orderBy((eb) => eb.fn.max('status_history.id'), 'desc')
      .execute();
  }

  findStatuses(): Promise<{ id: number; name: string; label: string }[]> {
    return this.#db.selectFrom('status').select(['id', 'name', 'label']).execute();
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#db.selectFrom('property').select('id').limit(1).executeTakeFirst()) === undefined;
  }
}

/** The ids of the public statuses in this database, by name. */
export type StatusIds = Readonly<Partial<Record<PublicStatus, number>>>;

function matches(
  eb: Where,
  filter: PropertyFilter,
  statusIds: StatusIds,
): ExpressionWrapper<Tables, 'property', SqlBool> {
  const { statuses, cityKeys, propertyTypes, strata } = filter;
  const availabilities = [...new Set(statuses.map((status) => PUBLIC_STATUSES[status]))];
  const ofThese = (Object.keys(PUBLIC_STATUSES) as PublicStatus[]).filter((status) =>
    availabilities.includes(PUBLIC_STATUSES[status]),
  );
  const conditions = [eb('property.availability', 'in', availabilities)];
  // `pre_venta` and `en_venta` together are all that is available: one equality on availability then keeps the rows in
  // the order of the index. Only a part of an availability, such as `en_venta` alone, needs the statuses themselves.
  if (ofThese.length > statuses.length) {
    const ids = statuses.flatMap((status) => statusIds[status] ?? []);
    conditions.push(ids.length > 0 ? eb('property.current_status_id', 'in', ids) : eb.lit(false));
  }
  if (cityKeys) conditions.push(eb('property.city_key', 'in', cityKeys));
  if (propertyTypes) conditions.push(eb('property.property_type', 'in', propertyTypes));
  if (strata) conditions.push(eb('property.stratum', 'in', strata));
  if (filter.minPrice !== undefined || filter.maxPrice !== undefined)
    conditions.push(eb('property.price', '<>', 0));
  for (const [column, operator, value] of [
    ['property.price', '>=', filter.minPrice],
    ['property.price', '<=', filter.maxPrice],
    ['property.year', '>=', filter.minYear],
    ['property.year', '<=', filter.maxYear],
    ['property.area', '>=', filter.minArea],
    ['property.area', '<=', filter.maxArea],
    ['property.bedrooms', '>=', filter.minBedrooms],
    ['property.bathrooms', '>=', filter.minBathrooms],
  ] as const) {
    if (value !== undefined) conditions.push(eb(column, operator, value as never));
  }
  return eb.and(conditions);
}
