import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { FacetRow } from '../search/facet.repository.js';
import { histogram } from '../search/histogram.js';
import { priceStepWidth } from '../search-index/price-step.js';
import { publicStatusOf } from '../model/status.js';
import type { NamedStatus } from '../read/status-catalogue.js';

@ApiSchema({ name: 'FacetValue' })
class FacetValueDto {
  @ApiProperty({ type: 'string', nullable: true, description: 'null: unknown.', example: 'Bogotá' })
  value: string | null;

  @ApiProperty({ type: 'integer', example: 80 })
  count: number;
}

@ApiSchema({ name: 'StatusFacetValue' })
class StatusFacetValueDto {
  @ApiProperty({ example: 'en_venta' })
  value: string;

  @ApiProperty({ example: 'En venta' })
  label: string;

  @ApiProperty({ type: 'integer', example: 70 })
  count: number;
}

@ApiSchema({ name: 'NumberFacetValue' })
class NumberFacetValueDto {
  @ApiProperty({ type: 'integer', nullable: true, description: 'null: unknown.', example: 3 })
  value: number | null;

  @ApiProperty({ type: 'integer', example: 42 })
  count: number;
}

@ApiSchema({ name: 'Bucket' })
class BucketDto {
  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'Inclusive; null: open.',
    example: 0,
  })
  from: number | null;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'Exclusive; null: open.',
    example: 100000000,
  })
  to: number | null;

  @ApiProperty({ type: 'integer', example: 3 })
  count: number;
}

@ApiSchema({ name: 'FacetLists' })
class FacetListsDto {
  @ApiProperty({ type: [FacetValueDto], description: 'Each in its most frequent spelling.' })
  city: FacetValueDto[];

  @ApiProperty({ type: [StatusFacetValueDto] })
  status: StatusFacetValueDto[];

  @ApiProperty({ type: [FacetValueDto] })
  propertyType: FacetValueDto[];

  @ApiProperty({ type: [NumberFacetValueDto] })
  bedrooms: NumberFacetValueDto[];

  @ApiProperty({ type: [BucketDto] })
  price: BucketDto[];

  @ApiProperty({ type: [BucketDto] })
  year: BucketDto[];
}

/** How many homes a search has, and how many it would have with other values of each filter. */
@ApiSchema({ name: 'Facets' })
export class FacetsDto {
  @ApiProperty({ type: 'integer', description: 'The `page.total` of the list.', example: 123 })
  total: number;

  @ApiProperty({
    type: FacetListsDto,
    description:
      'Each counted with every filter but its own. Values by falling count, then by name; buckets in order, at most 20, empty ones left out.',
  })
  facets: FacetListsDto;

  static from(rows: readonly FacetRow[], statuses: ReadonlyMap<number, NamedStatus>): FacetsDto {
    const of = (facet: FacetRow['facet']): FacetRow[] =>
      rows.filter((row) => row.facet === facet && row.homes > 0);
    const numbers = (facet: FacetRow['facet']) =>
      of(facet).flatMap(({ value, homes }) => (value ? [{ value: Number(value), homes }] : []));
    return {
      total: of('total')[0]?.homes ?? 0,
      facets: {
        city: byCount(spellings(of('city'))),
        status: byCount(
          of('status').flatMap(({ value, homes }) => {
            // Another program may have deleted or renamed it: what the filter refuses is no value of the facet.
            const status = statuses.get(Number(value));
            return status && publicStatusOf(status.name)
              ? [{ value: status.name, label: status.label, count: homes }]
              : [];
          }),
        ),
        propertyType: byCount(
          of('propertyType').map(({ value, homes }) => ({ value: value || null, count: homes })),
        ),
        bedrooms: byCount(
          of('bedrooms').map(({ value, homes }) => ({ value: value ? Number(value) : null, count: homes })),
        ),
        price: histogram(numbers('price'), priceStepWidth).map(toBucket),
        year: histogram(numbers('year')).map(toBucket),
      },
    };
  }
}

/** One value a city: its most frequent spelling, of equals the first by code point. */
function spellings(rows: readonly FacetRow[]): FacetValueDto[] {
  return [...Map.groupBy(rows, (row) => row.city_key)].map(([key, same]) => ({
    value:
      key === '' ? null : mostFrequent(same.map(({ value, homes }) => ({ name: value as string, homes }))),
    count: same.reduce((sum, { homes }) => sum + homes, 0),
  }));
}

/** The name that most homes have, of equals the first by code point. */
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

const toBucket = ({
  from,
  to,
  homes,
}: {
  from: number | null;
  to: number | null;
  homes: number;
}): BucketDto => ({
  from,
  to,
  count: homes,
});
