import { Int, List, Nested, Text } from '../../http/answer-fields.js';
import { ApiSchema } from '@nestjs/swagger';
import type { FacetRow } from '../facets/facet.js';
import { histogram } from '../facets/histogram.js';
import { priceStepWidth } from '../search-index/price-step.js';
import { publicStatusOf } from '../model/status.js';
import type { NamedStatus } from '../read/status-catalogue.js';

@ApiSchema({ name: 'FacetValue' })
class FacetValueDto {
  @Text({ maxLength: 120, description: '`null`: unknown.', example: 'Bogotá', null: true })
  value: string | null;

  @Int({ example: 80 })
  count: number;
}

@ApiSchema({ name: 'StatusFacetValue' })
class StatusFacetValueDto {
  @Text({ maxLength: 120, example: 'en_venta' })
  value: string;

  @Text({ maxLength: 64, example: 'En venta' })
  label: string;

  @Int({ example: 70 })
  count: number;
}

@ApiSchema({ name: 'NumberFacetValue' })
class NumberFacetValueDto {
  @Int({ description: '`null`: unknown.', example: 3, null: true })
  value: number | null;

  @Int({ example: 42 })
  count: number;
}

@ApiSchema({ name: 'Bucket' })
class BucketDto {
  @Int({
    min: Number.MIN_SAFE_INTEGER,
    description: 'Lower bound, inclusive. `null`: no lower bound.',
    example: 0,
    null: true,
  })
  from: number | null;

  @Int({
    min: Number.MIN_SAFE_INTEGER,
    description: 'Upper bound, exclusive. `null`: no upper bound.',
    example: 100000000,
    null: true,
  })
  to: number | null;

  @Int({ example: 3 })
  count: number;
}

@ApiSchema({ name: 'FacetLists' })
class FacetListsDto {
  @List(FacetValueDto, { maxItems: 100_000, description: 'Cities with their most frequent spelling.' })
  city: FacetValueDto[];

  @List(StatusFacetValueDto, { maxItems: 1000 })
  status: StatusFacetValueDto[];

  @List(FacetValueDto, { maxItems: 1000 })
  propertyType: FacetValueDto[];

  @List(NumberFacetValueDto, { maxItems: 10_000 })
  bedrooms: NumberFacetValueDto[];

  @List(BucketDto, { maxItems: 20 })
  price: BucketDto[];

  @List(BucketDto, { maxItems: 20 })
  year: BucketDto[];
}

/** How many properties match a search, and how many would match with other values of each filter. */
@ApiSchema({ name: 'Facets' })
export class FacetsDto {
  @Int({ description: 'The same number as `page.total` of the list.', example: 123 })
  total: number;

  @Nested(FacetListsDto, {
    description:
      'Values are sorted by count, highest first, then by name. Price and year have at most 20 buckets in rising order, without empty ones.',
  })
  facets: FacetListsDto;

  /** @param statuses by id; a status that is missing or not public is left out */
  static from(rows: readonly FacetRow[], statuses: ReadonlyMap<number, NamedStatus>): FacetsDto {
    const rowsOf = (facet: FacetRow['facet']): FacetRow[] =>
      rows.filter((row) => row.facet === facet && row.homes > 0);
    const valuesOf = <Value>(facet: FacetRow['facet'], toValue: (text: string) => Value) =>
      rowsOf(facet).map(({ value, homes }) => ({ value: value ? toValue(value) : null, count: homes }));
    const numbersOf = (facet: FacetRow['facet']) =>
      rowsOf(facet).flatMap(({ value, homes }) => (value ? [{ value: Number(value), count: homes }] : []));
    return {
      total: rowsOf('total')[0]?.homes ?? 0,
      facets: {
        city: byCount(mergeSpellings(rowsOf('city'))),
        status: byCount(
          rowsOf('status').flatMap(({ value, homes }) => {
            // Another program may have deleted or renamed the status. The status filter would refuse its name.
            const status = statuses.get(Number(value));
            return status && publicStatusOf(status.name)
              ? [{ value: status.name, label: status.label, count: homes }]
              : [];
          }),
        ),
        propertyType: byCount(valuesOf('propertyType', String)),
        bedrooms: byCount(valuesOf('bedrooms', Number)),
        price: histogram(numbersOf('price'), priceStepWidth),
        year: histogram(numbersOf('year')),
      },
    };
  }
}

/** Merges the spellings of each city into one value. */
function mergeSpellings(rows: readonly FacetRow[]): FacetValueDto[] {
  return [...Map.groupBy(rows, (row) => row.city_key)].map(([key, spellings]) => ({
    value:
      key === ''
        ? null
        : mostFrequent(spellings.map(({ value, homes }) => ({ name: value as string, homes }))),
    count: spellings.reduce((sum, { homes }) => sum + homes, 0),
  }));
}

/** The name with the most properties; of equal counts, the first by code point. */
export function mostFrequent(names: readonly { name: string; homes: number }[]): string {
  const [first] = names.toSorted((a, b) => b.homes - a.homes || byCodePoint(a.name, b.name));
  return first?.name ?? '';
}

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function byCount<Entry extends { value: string | number | null; count: number }>(entries: Entry[]): Entry[] {
  return entries.toSorted((a, b) => {
    if (a.count !== b.count) return b.count - a.count;
    if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
    return typeof a.value === 'number' ? a.value - Number(b.value) : byCodePoint(a.value, String(b.value));
  });
}
