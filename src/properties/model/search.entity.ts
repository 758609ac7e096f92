import { defineEntity, p } from '@mikro-orm/core';
import { naiveTime } from '../../database/naive-time.js';
import { Property } from './property.entity.js';

// The search tables: derived from `property`, with the indexes of the searches. `property` itself gets none of these indexes,
// because other programs write it. Only SearchWriter writes these tables; `npm run rebuild` can derive them again at any time.
// Texts are compared byte by byte: a comparison that ignores case and accents uses a folded key.
const text = (length: number) => p.string().columnType(`varchar(${length})`).collation('utf8mb4_bin');

const FILTERED_COLUMNS = [
  'statusId',
  'propertyType',
  'price',
  'year',
  'area',
  'bedrooms',
  'bathrooms',
  'stratum',
  'latitude',
  'longitude',
] as const;

export const PropertySearchSchema = defineEntity({
  name: 'PropertySearch',
  tableName: 'property_search',
  indexes: [
    {
      name: 'property_search_newest',
      properties: ['availability', 'statusSince', 'property', ...FILTERED_COLUMNS],
    },
    {
      name: 'property_search_city_newest',
      properties: ['availability', 'cityKey', 'statusSince', 'property', ...FILTERED_COLUMNS, 'priceStep'],
    },
    {
      name: 'property_search_price',
      properties: [
        'availability',
        'price',
        'property',
        'cityKey',
        'city',
        'statusId',
        'propertyType',
        'year',
        'bedrooms',
      ],
    },
    { name: 'property_search_city_price', properties: ['availability', 'cityKey', 'price'] },
    { name: 'property_search_year', properties: ['availability', 'year'] },
    { name: 'property_search_city_year', properties: ['availability', 'cityKey', 'year'] },
    { name: 'property_search_area', properties: ['availability', 'area'] },
    { name: 'property_search_city_area', properties: ['availability', 'cityKey', 'area'] },
    { name: 'property_search_popularity', properties: ['availability', 'popularity'] },
    { name: 'property_search_city_popularity', properties: ['availability', 'cityKey', 'popularity'] },
    {
      name: 'property_search_price_drop',
      properties: ['availability', 'priceDrop', 'property', 'priceReducedAt'],
    },
    {
      name: 'property_search_city_price_drop',
      properties: ['availability', 'cityKey', 'priceDrop', 'property', 'priceReducedAt'],
    },
    { name: 'property_search_version', properties: ['version'] },
    { name: 'property_search_location', properties: ['availability', 'latitude', 'longitude'] },
    { name: 'property_search_alike', properties: ['cityKey', 'propertyType', 'price'] },
  ],
  properties: {
    property: () =>
      p.oneToOne(Property).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    /** As in `property`; null is hidden. */
    availability: text(9).nullable(),
    statusId: p.integer().nullable(),
    /** Without a time zone, local time of the database's zone; an impossible date is stored as the earliest one. */
    statusSince: naiveTime('datetime').nullable(),
    /** '' is unknown, here and in the other keys. */
    cityKey: text(64),
    /** The name as it was entered, without surplus blanks and invisible characters. */
    city: text(32),
    neighbourhoodKey: text(190),
    neighbourhood: text(120),
    propertyType: text(16),
    /** Null is unknown, here and in the columns below. */
    price: p.bigint('number').nullable(),
    /** The lower border of the finest price bucket that contains `price`. */
    priceStep: p.bigint('number').nullable(),
    year: p.integer().nullable(),
    area: p.decimal('number').precision(12).scale(2).nullable(),
    bedrooms: p.integer().nullable(),
    bathrooms: p.integer().nullable(),
    parkingSpots: p.integer().nullable(),
    stratum: p.integer().nullable(),
    latitude: p.decimal('number').precision(9).scale(6).nullable(),
    longitude: p.decimal('number').precision(9).scale(6).nullable(),
    // See `MarketPeriods` in market.ts.
    marketSeconds: p.bigint('number').nullable(),
    marketSince: p.bigint('number').nullable(),
    marketMonths: p.string().columnType('varchar(400)').collation('ascii_bin').nullable(),
    /** ISO 4217; null is COP. */
    currency: text(3).nullable(),
    /** Billionths of the price before, when the last change of the price was a reduction; else null. */
    priceDrop: p.integer().nullable(),
    /** The time of that reduction, in milliseconds since 1970; else null. */
    priceReducedAt: p.bigint('number').nullable(),
    /** The `updatedAt` of the property row that this row was derived from. */
    seenAt: naiveTime('timestamp(3)').nullable(),
    /** The popularity score, set by the ranking: higher is more popular; null is without likes. */
    popularity: p.bigint('number').nullable(),
    /** `search_state.version` of the last change of this row or its words, except `popularity` and `seenAt`. It rises in commit order. */
    version: p.bigint('number').defaultRaw('0'),
  },
});
/** One row per property, with the values for filters, sorts and counts. */
export class PropertySearch extends PropertySearchSchema.class {}
PropertySearchSchema.setClass(PropertySearch);

export const PropertyWordsSchema = defineEntity({
  name: 'PropertyWords',
  tableName: 'property_words',
  indexes: [{ name: 'property_words_words', properties: ['words'], type: 'fulltext' }],
  properties: {
    property: () =>
      p.oneToOne(Property).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    /** See `wordsOf()`. */
    words: p.text().columnType('mediumtext').collation('ascii_bin'),
  },
});
/** The words of each property. */
export class PropertyWords extends PropertyWordsSchema.class {}
PropertyWordsSchema.setClass(PropertyWords);

export const FacetCountSchema = defineEntity({
  name: 'FacetCount',
  tableName: 'facet_count',
  properties: {
    /** The kind of `value`. With the prefix `all-` the row counts the whole country, and the city key is ''. */
    facet: text(12).primary(),
    cityKey: text(64).primary(),
    statusId: p.integer().unsigned(false).primary(),
    propertyType: text(16).primary(),
    /** A spelling of the city, a number of bedrooms, a year, or a price step; '' is unknown. */
    value: text(32).primary(),
    homes: p.integer(),
  },
});
/** How many visible properties of a city, status and type have each value. */
export class FacetCount extends FacetCountSchema.class {}
FacetCountSchema.setClass(FacetCount);

export const PlaceNameSchema = defineEntity({
  name: 'PlaceName',
  tableName: 'place_name',
  properties: {
    cityKey: text(64).primary(),
    /** '' is the city itself. */
    neighbourhoodKey: text(190).primary(),
    name: text(120).primary(),
    homes: p.integer(),
  },
});
/** How many visible properties have each spelling of a city or neighbourhood. */
export class PlaceName extends PlaceNameSchema.class {}
PlaceNameSchema.setClass(PlaceName);

export const PlaceTermSchema = defineEntity({
  name: 'PlaceTerm',
  tableName: 'place_term',
  properties: {
    /** The key of the place, from one of its words to the end: `belen de umbria`, `de umbria`, `umbria`. */
    term: text(190).primary(),
    cityKey: text(64).primary(),
    neighbourhoodKey: text(190).primary(),
  },
});
/** The terms that find a place. They stay when the place has no visible property any more. */
export class PlaceTerm extends PlaceTermSchema.class {}
PlaceTermSchema.setClass(PlaceTerm);

export const SearchStateSchema = defineEntity({
  name: 'SearchState',
  tableName: 'search_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** When the search tables were last filled completely; null: rows may be missing. */
    builtAt: naiveTime('datetime').nullable(),
    /** The version of the rules that filled them, see `SEARCH_RULES`. */
    rules: p.integer().unsigned(false).defaultRaw('1'),
    /** Rises with every transaction that changes `property_search`. */
    version: p.bigint('number').defaultRaw('0'),
    /** When the price log began. */
    pricesSince: naiveTime('timestamp(3)').nullable(),
    /** The highest sequence of `property_change` that was given out. */
    changeSequence: p.bigint('number').unsigned(false).defaultRaw('0'),
    /** The highest sequence of `property_change` that was purged. */
    purgedSequence: p.bigint('number').unsigned(false).defaultRaw('0'),
    /** The UTC day of the last restore from a backup, since 1970; 0 when there was none. */
    restoredDay: p.integer().unsigned(false).defaultRaw('0'),
  },
});
/** One row: the global write lock of the search tables. It serialises all writers except the one of `popularity`. */
export class SearchState extends SearchStateSchema.class {}
SearchStateSchema.setClass(SearchState);
