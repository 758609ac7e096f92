import { defineEntity, p } from '@mikro-orm/core';
import { Property } from './property.entity.js';

// What visitors search, apart from the old table: their indexes go here, full text and points must not go there, and
// their words are normalised by us. Search tables have one writer, SearchWriter, and can be made anew at any time.
// Compared byte by byte: everything that is compared without regard to case and accents is a key that we made.
const word = (length: number) => p.string().columnType(`varchar(${length})`).collation('utf8mb4_bin');

const FILTERED = [
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
    { name: 'property_search_newest', properties: ['availability', 'statusSince', 'property', ...FILTERED] },
    {
      name: 'property_search_city_newest',
      properties: ['availability', 'cityKey', 'statusSince', 'property', ...FILTERED, 'priceStep'],
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
    { name: 'property_search_version', properties: ['version'] },
    { name: 'property_search_location', properties: ['availability', 'latitude', 'longitude'] },
    { name: 'property_search_alike', properties: ['cityKey', 'propertyType', 'price'] },
  ],
  properties: {
    property: () =>
      p.oneToOne(Property).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    /** As in `property`; null is hidden. */
    availability: word(9).nullable(),
    statusId: p.integer().nullable(),
    /** Naive, in the database's zone; what is no date is before all others. */
    statusSince: p.string().columnType('datetime').nullable(),
    /** '' while unknown, here and in the other keys. */
    cityKey: word(64),
    /** As it was typed, stray blanks aside. */
    city: word(32),
    neighbourhoodKey: word(190),
    neighbourhood: word(120),
    propertyType: word(16),
    /** Unknown is null, here and in all below. */
    price: p.bigint('number').nullable(),
    /** The lower border of the finest price bucket that `price` lies in. */
    priceStep: p.bigint('number').nullable(),
    year: p.integer().nullable(),
    area: p.decimal('number').precision(12).scale(2).nullable(),
    bedrooms: p.integer().nullable(),
    bathrooms: p.integer().nullable(),
    stratum: p.integer().nullable(),
    latitude: p.decimal('number').precision(9).scale(6).nullable(),
    longitude: p.decimal('number').precision(9).scale(6).nullable(),
    /** The `updatedAt` of the property that the row was made from. */
    seenAt: p.string().columnType('timestamp(3)').nullable(),
    /** How much it is liked, the higher the more, set by the ranking; null is not at all. */
    popularity: p.bigint('number').nullable(),
    /** Of `search_state` when the row last changed, `popularity` and `seenAt` aside: rises in the order of commits. */
    version: p.bigint('number').defaultRaw('0'),
  },
});
/** One row a property: what it is found and counted by. */
export class PropertySearch extends PropertySearchSchema.class {}
PropertySearchSchema.setClass(PropertySearch);

export const PropertyWordsSchema = defineEntity({
  name: 'PropertyWords',
  tableName: 'property_words',
  indexes: [{ name: 'property_words_words', properties: ['words'], type: 'fulltext' }],
  properties: {
    property: () =>
      p.oneToOne(Property).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade'),
    /** See wordsOf(). */
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
    /** What `value` is; with `all-` in front, of all cities together, under the city key ''. */
    facet: word(12).primary(),
    cityKey: word(64).primary(),
    statusId: p.integer().unsigned(false).primary(),
    propertyType: word(16).primary(),
    /** A spelling of the city, a number of bedrooms, a year, a price step; '' is unknown. */
    value: word(32).primary(),
    homes: p.integer(),
  },
});
/** How many visible homes of a city, status and type have each value: what most searches count. */
export class FacetCount extends FacetCountSchema.class {}
FacetCountSchema.setClass(FacetCount);

export const PlaceNameSchema = defineEntity({
  name: 'PlaceName',
  tableName: 'place_name',
  properties: {
    cityKey: word(64).primary(),
    /** '' is the city itself. */
    neighbourhoodKey: word(190).primary(),
    name: word(120).primary(),
    homes: p.integer(),
  },
});
/** How many visible homes each spelling of a city or neighbourhood has. */
export class PlaceName extends PlaceNameSchema.class {}
PlaceNameSchema.setClass(PlaceName);

export const PlaceTermSchema = defineEntity({
  name: 'PlaceTerm',
  tableName: 'place_term',
  properties: {
    /** The end of the place's name from one of its words on: `belen de umbria`, `de umbria`, `umbria`. */
    term: word(190).primary(),
    cityKey: word(64).primary(),
    neighbourhoodKey: word(190).primary(),
  },
});
/** What finds a place; also one that has no visible home any more. */
export class PlaceTerm extends PlaceTermSchema.class {}
PlaceTermSchema.setClass(PlaceTerm);

export const SearchStateSchema = defineEntity({
  name: 'SearchState',
  tableName: 'search_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** When the tables above were last made from nothing; null: they may lack rows. */
    builtAt: p.string().columnType('datetime').nullable(),
    /** The SEARCH_RULES that the tables were then made by. */
    rules: p.integer().unsigned(false).defaultRaw('1'),
    /** Rises with every transaction that changes `property_search`. */
    version: p.bigint('number').defaultRaw('0'),
  },
});
/** One row. Who changes the search tables, the popularity aside, locks it: counts are exact, and writers wait in one line instead of in circles. */
export class SearchState extends SearchStateSchema.class {}
SearchStateSchema.setClass(SearchState);
