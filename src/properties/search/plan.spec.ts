import { describe, expect, it } from '@jest/globals';
import { PUBLIC_STATUS_NAMES } from '../model/status.js';
import type { PropertyFilter } from './filter.js';
import { choosePlan, MIN_WALK_SHARE, needsEstimate, SELECTIVE_ROW_LIMIT } from './plan.js';
import { type Distribution, type Estimate, estimateOf } from './selectivity.js';
import { SORTS, type SortName } from './sort.js';

const filter = (fields: Partial<PropertyFilter> = {}): PropertyFilter => ({
  statuses: PUBLIC_STATUS_NAMES,
  ...fields,
});
const estimate = (fields: Partial<Estimate> = {}): Estimate => ({
  share: MIN_WALK_SHARE,
  selectiveColumn: 'price',
  selectiveRows: SELECTIVE_ROW_LIMIT,
  ...fields,
});
const circle = { center: { lat: 4.65, lng: -74.06 }, radius: 5_000 };
const box = { west: -74.1, south: 4.6, east: -74, north: 4.7 };

describe('choosePlan without an estimate', () => {
  it.each<[string, Partial<PropertyFilter>, SortName, string]>([
    ['no filter', {}, 'newest', 'index page'],
    ['cities', { cityKeys: ['bogota', 'cali'] }, 'newest', 'index page'],
    ['a whole availability', { statuses: ['pre_venta', 'en_venta'] }, 'popular', 'index page'],
    ['hidden properties too', { includeHidden: true }, 'newest', 'index page'],
    ['a price range, by price', { minPrice: 1, maxPrice: 2, cityKeys: ['cali'] }, '-price', 'index page'],
    ['a year, by year', { minYear: 2010 }, 'year', 'index page'],
    ['reduced prices, by drop', { priceReduced: true }, '-priceDrop', 'index page'],
    ['an area, by area', { maxArea: 80 }, 'area', 'index page'],
    ['a circle, by distance', { circle }, 'distance', 'distance rings'],
    ['a circle and words, by distance', { circle, words: ['casa'] }, 'distance', 'distance rings'],
    ['words, by relevance', { words: ['casa'], minPrice: 1 }, 'relevance', 'relevance'],
  ])('%s', (_, fields, sort, kind) => {
    expect(needsEstimate(filter(fields), SORTS[sort])).toBe(false);
    for (const unused of [null, estimate({ share: 1 })])
      expect(choosePlan(filter(fields), SORTS[sort], unused)).toEqual({ kind });
  });
});

describe('choosePlan for a filter beyond the index of the sort', () => {
  const beyond: [string, Partial<PropertyFilter>, SortName][] = [
    ['a price range, by date', { minPrice: 1 }, 'newest'],
    ['a price range and bedrooms, by price', { minPrice: 1, minBedrooms: 3 }, 'price'],
    ['one status of an availability', { statuses: ['en_venta'] }, 'newest'],
    ['types', { propertyTypes: ['house'] }, 'year'],
    ['strata', { strata: [4] }, 'newest'],
    ['bathrooms', { minBathrooms: 2 }, 'popular'],
    ['an area, by price', { minArea: 60 }, 'price'],
    ['a box', { box }, 'newest'],
    ['reduced prices', { priceReduced: true }, 'newest'],
    ['types, by drop', { propertyTypes: ['house'] }, '-priceDrop'],
    ['a circle, by price', { circle }, 'price'],
    ['words', { words: ['casa'] }, 'newest'],
  ];
  const estimates: [string, Estimate | null, object][] = [
    ['no counts', null, { kind: 'narrow' }],
    ['a large share', estimate({ share: MIN_WALK_SHARE + 0.001, selectiveRows: 1 }), { kind: 'walk' }],
    [
      'few rows with this price',
      estimate({ selectiveRows: SELECTIVE_ROW_LIMIT - 1 }),
      { kind: 'selective index', column: 'price' },
    ],
    [
      'few rows with this year',
      estimate({ selectiveRows: 0, selectiveColumn: 'year' }),
      { kind: 'selective index', column: 'year' },
    ],
    ['neither', estimate(), { kind: 'narrow' }],
    ['no range of price or year', estimate({ share: 0, selectiveRows: Infinity }), { kind: 'narrow' }],
  ];

  it.each(
    beyond.flatMap(([search, ...rest]) => estimates.map((one) => [search, one[0], rest, one] as const)),
  )('%s; %s', (_search, _estimate, [fields, sort], [, known, plan]) => {
    expect(needsEstimate(filter(fields), SORTS[sort])).toBe(true);
    expect(choosePlan(filter(fields), SORTS[sort], known)).toEqual(plan);
  });
});

describe('choosePlan with the kept counts of a city', () => {
  const statusIds = { pre_venta: 3, en_venta: 4, vendido: 5 };
  const distribution: Distribution = {
    total: 10_000,
    prices: [
      { from: 100, width: 10, count: 500 },
      { from: 200, width: 10, count: 9_500 },
    ],
    years: [],
    bedrooms: [],
    countByType: new Map([['house', 5_000]]),
    countByStatus: new Map([
      [3, 90],
      [4, 5_910],
      [5, 4_000],
    ]),
  };
  const few: Partial<PropertyFilter> = { minPrice: 100, maxPrice: 109 };

  it.each<[string, Partial<PropertyFilter>, string]>([
    ['a frequent price', { minPrice: 200 }, 'walk'],
    ['a rare price', few, 'walk'],
    ['a rare price and a type', { ...few, propertyTypes: ['house'] }, 'walk'],
    [
      'a type of both available statuses',
      { propertyTypes: ['house'], statuses: ['pre_venta', 'en_venta'] },
      'walk',
    ],
    ['two frequent statuses', { propertyTypes: ['house'], statuses: ['en_venta', 'vendido'] }, 'walk'],
    ['two statuses of two availabilities', { statuses: ['pre_venta', 'vendido'] }, 'walk'],
    ['a rare price of two statuses', { ...few, statuses: ['pre_venta', 'vendido'] }, 'walk'],
    [
      'a rare price and a type of two statuses',
      { ...few, propertyTypes: ['house'], statuses: ['pre_venta', 'vendido'] },
      'selective index',
    ],
  ])('%s', (_, fields, kind) => {
    const known = estimateOf(filter(fields), statusIds, distribution);
    expect(choosePlan(filter(fields), SORTS.newest, known).kind).toBe(kind);
  });
});
