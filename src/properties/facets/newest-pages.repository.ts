import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { SqlRepository } from '../../database/sql-repository.js';
import type { Tables } from '../model/kysely-tables.js';
import { isInBox } from '../model/location.js';
import { boxAroundPolygons, insideOf } from '../model/polygon.js';
import { LIST_COLUMNS } from '../model/property-row.js';
import type { PropertyFilter } from '../search/filter.js';
import { all, conditionsOf, inIndexRanges, statusesOf } from '../search/filter-sql.js';
import type { PageQuery } from '../search/page-query.js';
import type { FoundRow } from '../search/page-rows.js';
import { fromIndex } from '../search/page-sql.js';
import { LoadedColumns } from './loaded-columns.js';
import type { NewestEntry } from './newest-order.js';
import type { PropertyColumns } from './property-columns.js';

/** Reading so many rows takes about 1 ms. When they have too few matches, the database reads the index on the location. */
const MAX_ROWS = 100_000;
const FIELDS: ReadonlySet<string> = new Set<keyof PropertyFilter>(['statuses', 'polygons', 'box']);

/** A row with its values in `property_search`. */
type CheckedRow = FoundRow & { found_latitude: number; found_longitude: number };

/** Finds the newest properties in polygons in the columns in memory, and reads only the rows of the page. */
@Injectable()
export class NewestPagesRepository extends SqlRepository<Tables> {
  constructor(
    em: EntityManager,
    private readonly columns: LoadedColumns,
  ) {
    super(em);
  }

  /**
   * The first `limit` rows after `after`.
   * @returns null for other filters and sorts, while the columns are loaded, when matches are
   *   rare, and when a property of the page changed meanwhile
   */
  async findPage(query: PageQuery): Promise<FoundRow[] | null> {
    if (!isSupported(query)) return null;
    const columns = await this.columns.current();
    const entries = columns && findEntries(columns, query);
    return entries && this.#readUnchanged(query, entries);
  }

  async #readUnchanged(
    { filter, statusIds }: PageQuery,
    entries: readonly NewestEntry[],
  ): Promise<FoundRow[] | null> {
    if (entries.length === 0) return [];
    const { polygons: _, ...others } = filter;
    const conditions = [
      sql`s.property_id in (${sql.join(entries.map(({ id }) => id))})`,
      inIndexRanges(filter),
      ...conditionsOf(others, statusIds).map((condition) => condition.sql),
    ];
    const { rows } = await sql<CheckedRow>`
      select ${LIST_COLUMNS}, s.status_since as sort_key, s.latitude as found_latitude, s.longitude as found_longitude
      from ${fromIndex('PRIMARY')} join property p on p.id = s.property_id where ${all(conditions)}`.execute(
      this.db,
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    const unchanged = entries.flatMap(({ id, statusSince, lat, lng }) => {
      const row = byId.get(id);
      const isSame =
        row?.sort_key === statusSince && row.found_latitude === lat && row.found_longitude === lng;
      return isSame ? [row] : [];
    });
    return unchanged.length === entries.length ? unchanged : null;
  }
}

function isSupported({ filter, sort }: PageQuery): boolean {
  return (
    sort.column === 'status_since' &&
    filter.polygons !== undefined &&
    Object.entries(filter).every(([field, value]) => value === undefined || FIELDS.has(field))
  );
}

function findEntries(
  columns: PropertyColumns,
  { filter, statusIds, after, limit }: PageQuery,
): NewestEntry[] | null {
  const { latitude, longitude, visibility, newest } = columns;
  const { box, polygons = [] } = filter;
  const { availabilities, ids } = statusesOf(filter, statusIds);
  const isListed = visibility.values.map(
    ({ availability, statusId }) =>
      availability !== null &&
      availabilities.includes(availability) &&
      (ids === null || ids.includes(statusId as number)),
  );
  const isInside = insideOf(polygons);
  const matches = (row: number): boolean => {
    const [lat, lng] = [latitude[row]!, longitude[row]!];
    return isListed[visibility.codes[row]!]! && (!box || isInBox(box, lat, lng)) && isInside(lat, lng);
  };
  const position = after && ([String(after[0]), after[1]] as const);
  const options = { after: position, limit, maxRows: MAX_ROWS };
  return newest.find(columns, boxAroundPolygons(polygons), matches, options);
}
