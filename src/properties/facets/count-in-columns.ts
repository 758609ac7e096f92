import { type Circle, type PropertyFilter, RANGES, reducedSince } from '../search/filter.js';
import { type StatusIds, statusesOf } from '../search/filter-sql.js';
import { SECONDS_PER_DAY } from '../model/market.js';
import { type Box, boxAround, distanceMm } from '../model/location.js';
import { boxAroundPolygons, insideOf, type Polygon } from '../model/polygon.js';
import { CodedColumn } from './coded-column.js';
import type { Counter, Facet, FacetRow } from './facet.js';
import type { MatchingMarket, MatchingProperties } from './matching-properties.js';
import type { PropertyColumns } from './property-columns.js';

/** The byte of a row has the bit of each facet whose filter the row fails, and `OTHER` when it is hidden or fails another filter. */
const BIT: Readonly<Record<Facet, number>> = {
  city: 1,
  status: 2,
  propertyType: 4,
  bedrooms: 8,
  price: 16,
  year: 32,
};
const OTHER = 64;

/**
 * Counts each of `counters`: the total with all filters, a facet with all filters except its own.
 * @param columns know the words of the filter
 */
export function countInColumns(
  columns: PropertyColumns,
  counters: readonly Counter[],
  filter: PropertyFilter,
  statusIds: StatusIds,
): FacetRow[] {
  const failed = failedFilters(columns, filter, statusIds);
  const matching = matchingRows(failed, columns.scratch.rows);
  return counters.flatMap((counter) =>
    counter === 'total'
      ? [{ facet: counter, city_key: '', value: null, homes: matching.length }]
      : countFacet(columns, counter, failed, matching),
  );
}

/** The visible properties that match. @param columns know the words of the filter */
export function findInColumns(
  columns: PropertyColumns,
  filter: PropertyFilter,
  statusIds: StatusIds,
): MatchingProperties {
  const rows = matchingRows(failedFilters(columns, filter, statusIds), columns.scratch.rows);
  return {
    ids: columns.idsOf(rows),
    latitudes: copyOf(columns.latitude, rows),
    longitudes: copyOf(columns.longitude, rows),
    prices: copyOf(columns.price, rows),
  };
}

/** The numbers for statistics of the visible properties that match. @param columns know the words of the filter */
export function findMarketInColumns(
  columns: PropertyColumns,
  filter: PropertyFilter,
  statusIds: StatusIds,
  now: number,
): MatchingMarket {
  const rows = matchingRows(failedFilters(columns, filter, statusIds), columns.scratch.rows);
  const daysOf = daysInColumns(columns, now);
  const days = new Float64Array(rows.length);
  for (let i = 0; i < days.length; i++) days[i] = daysOf(rows[i]!);
  const { codes, values } = columns.market_months;
  const counts = new Uint32Array(values.length);
  for (let i = 0; i < rows.length; i++) counts[codes[rows[i]!]!]!++;
  return {
    prices: copyOf(columns.price, rows),
    areas: copyOf(columns.area, rows),
    days,
    months: values.flatMap((months, code) =>
      months && counts[code] ? [[months, counts[code]] as const] : [],
    ),
  };
}

// A loop: from() with a function takes ten times as long.
function copyOf(column: Float64Array, rows: Uint32Array): Float64Array {
  const values = new Float64Array(rows.length);
  for (let i = 0; i < values.length; i++) values[i] = column[rows[i]!]!;
  return values;
}

/** The rows that fail no filter. @param buffer where they are stored */
function matchingRows(failed: Uint8Array, buffer: Uint32Array): Uint32Array {
  let size = 0;
  for (let row = 0; row < failed.length; row++) if (failed[row] === 0) buffer[size++] = row;
  return buffer.subarray(0, size);
}

function countFacet(
  columns: PropertyColumns,
  facet: Facet,
  failed: Uint8Array,
  matching: Uint32Array,
): FacetRow[] {
  const count = <Value>(
    column: CodedColumn<Value>,
    toRow: (value: Value) => Pick<FacetRow, 'value'> & Partial<FacetRow>,
  ): FacetRow[] => {
    const counts = countCodes(column, failed, BIT[facet], matching);
    return column.values.flatMap((value, code) =>
      counts[code] ? [{ facet, city_key: '', ...toRow(value), homes: counts[code] }] : [],
    );
  };
  const ofValue = (value: string | number | null) => ({ value: value === null ? null : String(value) });
  if (facet === 'city') return count(columns.city, ({ key, name }) => ({ city_key: key, value: name }));
  if (facet === 'status') return count(columns.visibility, ({ statusId }) => ofValue(statusId));
  if (facet === 'propertyType') return count(columns.property_type, ofValue);
  return count(facet === 'price' ? columns.price_step : columns[facet], ofValue);
}

/** By code: the number of rows that match, or fail only the filter with this bit. */
function countCodes(
  { codes, values }: CodedColumn<unknown>,
  failed: Uint8Array,
  bit: number,
  matching: Uint32Array,
): Uint32Array {
  const counts = new Uint32Array(values.length);
  for (let i = 0; i < matching.length; i++) counts[codes[matching[i]!]!]!++;
  for (let row = 0; row < failed.length; row++) if (failed[row] === bit) counts[codes[row]!]!++;
  return counts;
}

/** The byte of each row. */
function failedFilters(columns: PropertyColumns, filter: PropertyFilter, statusIds: StatusIds): Uint8Array {
  const failed = columns.scratch.failed.subarray(0, columns.size).fill(0);
  const { cityKeys, propertyTypes, strata, box, circle, polygons, words } = filter;
  const { availabilities, ids } = statusesOf(filter, statusIds);
  failCodes(failed, columns.visibility, ({ availability, statusId }) => {
    if (availability === null) return OTHER;
    const hasStatus = ids === null || ids.includes(statusId as number);
    return availabilities.includes(availability) && hasStatus ? 0 : BIT.status;
  });
  if (cityKeys) failCodes(failed, columns.city, ({ key }) => (cityKeys.includes(key) ? 0 : BIT.city));
  if (propertyTypes)
    failCodes(failed, columns.property_type, (type) => (propertyTypes.includes(type) ? 0 : BIT.propertyType));
  if (strata)
    failCodes(failed, columns.stratum, (stratum) => (strata.includes(stratum as number) ? 0 : OTHER));
  for (const { column, min, max } of RANGES) {
    const bit = column === 'price' || column === 'year' || column === 'bedrooms' ? BIT[column] : OTHER;
    failOutside(failed, columns[column], bit, filter[min], max && filter[max]);
  }
  failOutsideDays(failed, columns, filter);
  if (filter.priceReduced) failOutside(failed, columns.price_reduced_at, OTHER, reducedSince(), undefined);
  if (box) failOutsideBox(failed, columns, box);
  if (circle) failOutsideCircle(failed, columns, circle);
  if (polygons) failOutsidePolygons(failed, columns, polygons);
  for (const word of new Set(words)) failWithoutWord(failed, columns.rowsOfWord(word));
  return failed;
}

function failCodes<Value>(
  failed: Uint8Array,
  { codes, values }: CodedColumn<Value>,
  bitsOf: (value: Value) => number,
): void {
  const bits = Uint8Array.from(values, bitsOf);
  for (let row = 0; row < failed.length; row++) failed[row]! |= bits[codes[row]!]!;
}

/** An unknown value fails. */
function failOutside(
  failed: Uint8Array,
  column: CodedColumn<number | null> | Float64Array,
  bit: number,
  min: number | undefined,
  max: number | undefined,
): void {
  if (min === undefined && max === undefined) return;
  // Every comparison with NaN is false.
  const isInside = (value: number): boolean => value >= (min ?? -Infinity) && value <= (max ?? Infinity);
  if (column instanceof CodedColumn) failCodes(failed, column, (value) => (isInside(value ?? NaN) ? 0 : bit));
  else for (let row = 0; row < failed.length; row++) if (!isInside(column[row]!)) failed[row]! |= bit;
}

/** A property that was never available fails. */
function failOutsideDays(
  failed: Uint8Array,
  columns: PropertyColumns,
  { minDaysOnMarket = -Infinity, maxDaysOnMarket = Infinity }: PropertyFilter,
): void {
  if (minDaysOnMarket === -Infinity && maxDaysOnMarket === Infinity) return;
  const days = daysInColumns(columns, Date.now());
  for (let row = 0; row < failed.length; row++) {
    const value = days(row);
    if (!(value >= minDaysOnMarket && value <= maxDaysOnMarket)) failed[row]! |= OTHER;
  }
}

function failOutsideBox(
  failed: Uint8Array,
  { latitude, longitude }: PropertyColumns,
  { south, north, west, east }: Box,
): void {
  failOutside(failed, latitude, OTHER, south, north);
  failOutside(failed, longitude, OTHER, west, east);
}

function failOutsideCircle(failed: Uint8Array, columns: PropertyColumns, { center, radius }: Circle): void {
  failOutsideBox(failed, columns, boxAround(center, radius));
  const { latitude, longitude } = columns;
  for (let row = 0; row < failed.length; row++) {
    if ((failed[row]! & OTHER) !== 0) continue;
    const point = { lat: latitude[row]!, lng: longitude[row]! };
    if (distanceMm(center, point) > Math.round(radius * 1000)) failed[row]! |= OTHER;
  }
}

function failOutsidePolygons(
  failed: Uint8Array,
  columns: PropertyColumns,
  polygons: readonly Polygon[],
): void {
  failOutsideBox(failed, columns, boxAroundPolygons(polygons));
  const { latitude, longitude } = columns;
  const isInside = insideOf(polygons);
  for (let row = 0; row < failed.length; row++) {
    if ((failed[row]! & OTHER) === 0 && !isInside(latitude[row]!, longitude[row]!)) failed[row]! |= OTHER;
  }
}

function failWithoutWord(failed: Uint8Array, rowsOfWord: Uint8Array | undefined): void {
  if (!rowsOfWord) throw new Error('the rows of a word are not known');
  for (let row = 0; row < failed.length; row++) if (rowsOfWord[row] === 0) failed[row]! |= OTHER;
}

/** The days on the market of each row, as `daysOnMarket()` computes them; NaN without any. @param now in milliseconds since 1970 */
function daysInColumns(
  { market_seconds: seconds, market_since: since }: PropertyColumns,
  now: number,
): (row: number) => number {
  const until = Math.floor(now / 1_000);
  return (row) => {
    const open = until - since[row]!;
    return Math.floor((seconds[row]! + (open > 0 ? open : 0)) / SECONDS_PER_DAY);
  };
}
