import { type Circle, type PropertyFilter, RANGES } from '../search/filter.js';
import { type StatusIds, statusesOf } from '../search/filter-sql.js';
import { type Box, boxAround, distanceMm } from '../model/location.js';
import { CodedColumn } from './coded-column.js';
import type { Counter, Facet, FacetRow } from './facet.js';
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
  const matching = rowsWith(0, failed);
  return counters.flatMap((counter) =>
    counter === 'total'
      ? [{ facet: counter, city_key: '', value: null, homes: matching.length }]
      : countFacet(columns, counter, [matching, rowsWith(BIT[counter], failed)]),
  );
}

function countFacet(columns: PropertyColumns, facet: Facet, rows: readonly Uint32Array[]): FacetRow[] {
  const toRow = (value: string | number | null, city_key = ''): Omit<FacetRow, 'homes'> => ({
    facet,
    city_key,
    value: value === null ? null : String(value),
  });
  if (facet === 'city') return countValues(columns.city, rows, ({ key, name }) => toRow(name, key));
  if (facet === 'status') return countValues(columns.visibility, rows, ({ statusId }) => toRow(statusId));
  if (facet === 'propertyType') return countValues(columns.property_type, rows, (type) => toRow(type));
  const column = facet === 'price' ? columns.price_step : columns[facet];
  return countValues(column, rows, (value) => toRow(value));
}

/** The rows whose byte is `bits`. */
function rowsWith(bits: number, failed: Uint8Array): Uint32Array {
  let size = 0;
  for (let row = 0; row < failed.length; row++) if (failed[row] === bits) size++;
  const rows = new Uint32Array(size);
  for (let row = 0, i = 0; i < size; row++) if (failed[row] === bits) rows[i++] = row;
  return rows;
}

function countValues<Value>(
  { codes, values }: CodedColumn<Value>,
  lists: readonly Uint32Array[],
  toRow: (value: Value) => Omit<FacetRow, 'homes'>,
): FacetRow[] {
  const counts = new Uint32Array(values.length);
  for (const rows of lists) for (let i = 0; i < rows.length; i++) counts[codes[rows[i]!]!]!++;
  return values.flatMap((value, code) => (counts[code] ? [{ ...toRow(value), homes: counts[code] }] : []));
}

/** The byte of each row. */
function failedFilters(columns: PropertyColumns, filter: PropertyFilter, statusIds: StatusIds): Uint8Array {
  const failed = new Uint8Array(columns.size);
  const { cityKeys, propertyTypes, strata, box, circle, words } = filter;
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
  if (box) failOutsideBox(failed, columns, box);
  if (circle) failOutsideCircle(failed, columns, circle);
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

function failWithoutWord(failed: Uint8Array, rowsOfWord: Uint8Array | undefined): void {
  if (!rowsOfWord) throw new Error('the rows of a word are not known');
  for (let row = 0; row < failed.length; row++) if (rowsOfWord[row] === 0) failed[row]! |= OTHER;
}
