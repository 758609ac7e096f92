import { defineEntity, p } from '@mikro-orm/core';
import { Property } from '../../properties/model/property.entity.js';
import { ALL_LISTS, sortIndexOf } from './window-columns.js';

// All these numbers are derived from the likes and can be recomputed at any time. RankingWriter is their only writer.
const binaryText = (length: number) => p.string().columnType(`varchar(${length})`).collation('utf8mb4_bin');
const propertyAsKey = () =>
  p.oneToOne(Property).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade');
const propertyInKey = () =>
  p.manyToOne(Property).primary().unsigned(false).index(false).updateRule('no action').deleteRule('cascade');

const odd = (column: string) => p.integer().default(0).fieldName(column);

const copiedColumns = {
  /** These four are copied from `property_search` at the last computation. A null availability means hidden. */
  availability: binaryText(9).nullable(),
  cityKey: binaryText(64),
  statusId: p.integer().nullable(),
  propertyType: binaryText(16),
};

const listColumns = {
  ...copiedColumns,
  /** See scopeOf(); null means hidden. */
  countryScope: p.smallint().nullable(),
  cityScope: p.bigint('number').nullable(),
  /** The trending number in microseconds since 1970, see trendingNumber(); null without likes. */
  hot: p.bigint('number').nullable(),
  /** Likes of the last 1, 7, … 365 UTC days, up to and including an even day, and a copy of `total`; see WindowSet. */
  d1: p.integer().default(0),
  d7: p.integer().default(0),
  d30: p.integer().default(0),
  d90: p.integer().default(0),
  d365: p.integer().default(0),
  totalEven: p.integer().default(0),
  /** The same up to and including an odd day. */
  d1Odd: odd('d1_odd'),
  d7Odd: odd('d7_odd'),
  d30Odd: odd('d30_odd'),
  d90Odd: odd('d90_odd'),
  d365Odd: odd('d365_odd'),
  totalOdd: p.integer().default(0),
  /** All likes of trusted accounts, without those dated in the future. */
  total: p.integer(),
  /** The negated key: a backward scan of an index returns the lower id first among equal numbers. */
  tie: p.integer(),
};
type ListColumn = keyof typeof listColumns;

/** Two indexes per list, for the country and for a city: the scope, the sort order with tie-breaks, then the filter columns. */
const indexesOf = (table: string): { name: string; properties: ListColumn[] }[] =>
  ALL_LISTS.flatMap(({ value, total }) => {
    const order = [...new Set([propertyOf(value), propertyOf(total), 'tie' as const])];
    return (['country', 'city'] as const).map((kind) => ({
      name: sortIndexOf(table, kind, value),
      properties: [`${kind}Scope`, ...order, 'statusId', 'propertyType'],
    }));
  });

/** The name of a column in the entity. */
const propertyOf = (column: string): ListColumn =>
  column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as ListColumn;

export const RankedPropertySchema = defineEntity({
  name: 'RankedProperty',
  tableName: 'ranking',
  indexes: [
    ...indexesOf('ranking'),
    { name: 'ranking_due', properties: ['dueAt'] },
    { name: 'ranking_version', properties: ['version'] },
  ],
  properties: {
    property: propertyAsKey,
    ...listColumns,
    /** The likes of untrusted accounts. No other number includes them. */
    untrusted: p.integer().default(0),
    /** Milliseconds since 1970: when time alone changes these numbers next, apart from the end of a day; null is never. */
    dueAt: p.bigint('number').nullable(),
    /** The `ranking_state.version` that last changed anything but `due_at`. */
    version: p.bigint('number'),
  },
});
/** The current numbers of a property with likes. */
export class RankedProperty extends RankedPropertySchema.class {}
RankedPropertySchema.setClass(RankedProperty);

export const RankedWeekAgoSchema = defineEntity({
  name: 'RankedWeekAgo',
  tableName: 'ranking_week_ago',
  indexes: indexesOf('ranking_week_ago'),
  properties: {
    property: propertyAsKey,
    ...listColumns,
    /** The `ranking_state.version` that last changed this row. */
    version: p.bigint('number').defaultRaw('0'),
  },
});
/** The same numbers as of seven days before, from the current likes that are at least that old. No row without such likes. */
export class RankedWeekAgo extends RankedWeekAgoSchema.class {}
RankedWeekAgoSchema.setClass(RankedWeekAgo);

/** How long old numbers are kept. A cursor is refused after that. */
export const PAST_RETENTION_MS = 3_600_000;

export const RankedPastSchema = defineEntity({
  name: 'RankedPast',
  tableName: 'ranking_past',
  indexes: [{ name: 'ranking_past_until', properties: ['untilVersion', 'was'] }],
  properties: {
    property: propertyInKey,
    /** The table of the old row: `ranking` or `ranking_week_ago`. */
    was: p.string().columnType('varchar(16)').collation('ascii_bin').primary(),
    ...copiedColumns,
    hot: p.bigint('number').nullable(),
    /** The windows of the day in which the row was replaced. */
    d1: p.integer(),
    d7: p.integer(),
    d30: p.integer(),
    d90: p.integer(),
    d365: p.integer(),
    total: p.integer(),
    untrusted: p.integer().default(0),
    tie: p.integer(),
    /** The row was valid from `sinceVersion` up to, but not including, `untilVersion` (of `ranking_state`). */
    sinceVersion: p.bigint('number'),
    untilVersion: p.bigint('number').unsigned(false).primary(),
  },
});
/** Old numbers of a property that changed: later pages of a list show them. */
export class RankedPast extends RankedPastSchema.class {}
RankedPastSchema.setClass(RankedPast);

export const RankingDaySchema = defineEntity({
  name: 'RankingDay',
  tableName: 'ranking_day',
  properties: {
    property: propertyInKey,
    /** A UTC day. */
    day: p.date().primary(),
    /** Like events of the day. */
    likes: p.integer(),
    unlikes: p.integer(),
    /** Current likes of trusted accounts that were made on the day, and the sum of their weights, see DailyLikes. */
    standing: p.integer(),
    weight: p.double(),
    /** The time of the first of these current likes, in seconds since the beginning of the day. */
    firstSecond: p.integer().nullable(),
  },
});
/** A UTC day of a property that has like events or current likes of that day. */
export class RankingDay extends RankingDaySchema.class {}
RankingDaySchema.setClass(RankingDay);

export const RankingCheckpointSchema = defineEntity({
  name: 'RankingCheckpoint',
  tableName: 'ranking_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** The half-life of the stored scores; null before the first computation. */
    halfLifeDays: p.integer().nullable(),
    /** All like events up to this id have been read. */
    factId: p.bigint('number'),
    /** All property changes up to this `search_state.version` have been read. */
    searchVersion: p.bigint('number'),
    /** Rises with every change of the numbers. */
    version: p.bigint('number'),
    /** The last property that a running rebuild has recomputed; null when no rebuild runs. */
    rebuiltTo: p.integer().nullable(),
    /** The last property that the self-check has compared. */
    checkedTo: p.integer(),
    /** The latest time that numbers were computed for, in milliseconds since 1970. */
    countedTo: p.bigint('number'),
    /** The last UTC day of all windows, in days since 1970. */
    day: p.integer(),
    /** The last property that has its windows of the next day; null when they are not being prepared. See WindowSet. */
    preparedTo: p.integer().nullable(),
    /** Equals `version`, unless an older program, which does not write all columns, has changed the numbers. */
    writtenVersion: p.bigint('number').defaultRaw('0'),
    /** The trust rules have read all like events up to this id. Below `factId` after an older program, which has no rules. */
    judgedTo: p.bigint('number').defaultRaw('0'),
  },
});
/** The single-row checkpoint of the worker. Each writer of numbers locks it first, so no writer uses an older read. */
export class RankingCheckpoint extends RankingCheckpointSchema.class {}
RankingCheckpointSchema.setClass(RankingCheckpoint);
