import { defineEntity, p } from '@mikro-orm/core';
import { Property } from '../../properties/model/property.entity.js';
import { RankingDayRepository } from '../read/ranking-day.repository.js';
import { RankingRepository } from '../read/ranking.repository.js';

// Numbers that are derived from the likes, and can be made anew at any time. They have one writer, RankingWriter.
const word = (length: number) => p.string().columnType(`varchar(${length})`).collation('utf8mb4_bin');
const ofProperty = () =>
  p.oneToOne(Property).ref().primary().unsigned(false).updateRule('no action').deleteRule('cascade');

/** The columns that homes are listed by: the trending score, likes in so many days, and all likes. */
const LISTS = ['hot', 'd1', 'd7', 'd30', 'd90', 'd365', 'total'] as const;

type Column = (typeof LISTS)[number] | 'availability' | 'cityKey' | 'statusId' | 'propertyType' | 'tie';

/** Each list in its order, ties as documented, in the country and in a city, with what it can be filtered by. */
const indexesOf = (table: string): { name: string; properties: Column[] }[] =>
  LISTS.flatMap((list) => {
    const order: Column[] = [...new Set<Column>([list, 'total', 'tie']), 'statusId', 'propertyType'];
    return [
      { name: `${table}_${list}`, properties: ['availability', ...order] },
      { name: `${table}_city_${list}`, properties: ['availability', 'cityKey', ...order] },
    ];
  });

const numbers = {
  /** As in `property_search`, as of the last look at it; null is hidden. */
  availability: word(9).nullable(),
  cityKey: word(64),
  statusId: p.integer().nullable(),
  propertyType: word(16),
  /** See hotness(); null without a like. */
  hot: p.bigint('number').nullable(),
  /** The likes of so many UTC days, that of `ranking_state` included. */
  d1: p.integer(),
  d7: p.integer(),
  d30: p.integer(),
  d90: p.integer(),
  d365: p.integer(),
  /** All that stand and are not dated in the future. */
  total: p.integer(),
  /** The key, negated: an index read backwards has the higher number first, and of equal ones the lower key. */
  tie: p.integer(),
};

export const RankedHomeSchema = defineEntity({
  name: 'RankedHome',
  tableName: 'ranking',
  repository: () => RankingRepository,
  indexes: [
    ...indexesOf('ranking'),
    { name: 'ranking_due', properties: ['dueAt'] },
    { name: 'ranking_version', properties: ['version'] },
  ],
  properties: {
    property: ofProperty,
    ...numbers,
    /** Milliseconds since 1970: when the clock changes the numbers next, windows aside; null is never. */
    dueAt: p.bigint('number').nullable(),
    /** Of `ranking_state` when anything but `due_at` last changed. */
    version: p.bigint('number'),
  },
});
/** What a home that somebody likes has now. */
export class RankedHome extends RankedHomeSchema.class {}
RankedHomeSchema.setClass(RankedHome);

export const RankedWeekAgoSchema = defineEntity({
  name: 'RankedWeekAgo',
  tableName: 'ranking_week_ago',
  indexes: indexesOf('ranking_week_ago'),
  properties: { property: ofProperty, ...numbers },
});
/** What the same likes gave a home seven days before, later ones left out; no row where that is nothing. */
export class RankedWeekAgo extends RankedWeekAgoSchema.class {}
RankedWeekAgoSchema.setClass(RankedWeekAgo);

/** How long the old numbers of a property are kept: the pages of a list show one version for so long. */
export const PAST_MS = 3_600_000;

export const RankedPastSchema = defineEntity({
  name: 'RankedPast',
  tableName: 'ranking_past',
  indexes: [{ name: 'ranking_past_until', properties: ['untilVersion', 'was'] }],
  properties: {
    property: () =>
      p
        .manyToOne(Property)
        .primary()
        .unsigned(false)
        .index(false)
        .updateRule('no action')
        .deleteRule('cascade'),
    /** The table whose row it was. */
    was: p.string().columnType('varchar(16)').collation('ascii_bin').primary(),
    ...numbers,
    /** It was so from this version of `ranking_state` on, and not any more with that one. */
    sinceVersion: p.bigint('number'),
    untilVersion: p.bigint('number').unsigned(false).primary(),
  },
});
/** What a home had until it changed: kept for who reads page after page. */
export class RankedPast extends RankedPastSchema.class {}
RankedPastSchema.setClass(RankedPast);

export const RankingDaySchema = defineEntity({
  name: 'RankingDay',
  tableName: 'ranking_day',
  repository: () => RankingDayRepository,
  indexes: [{ name: 'ranking_day_day', properties: ['day', 'property', 'standing'] }],
  properties: {
    property: () =>
      p
        .manyToOne(Property)
        .primary()
        .unsigned(false)
        .index(false)
        .updateRule('no action')
        .deleteRule('cascade'),
    /** A UTC day. */
    day: p.date().primary(),
    /** Of the history: made on that day, and taken back on that day. */
    likes: p.integer(),
    unlikes: p.integer(),
    /** Of the likes that stand, those made on that day, and the sum of their weights at its beginning. */
    standing: p.integer(),
    weight: p.double(),
    /** The second of the day at which the first of them was made. */
    firstSecond: p.integer().nullable(),
  },
});
/** A day of a home on which anything was liked or taken back. */
export class RankingDay extends RankingDaySchema.class {}
RankingDaySchema.setClass(RankingDay);

export const RankingStateSchema = defineEntity({
  name: 'RankingState',
  tableName: 'ranking_state',
  properties: {
    id: p.integer().unsigned(false).primary().autoincrement(false),
    /** What the scores were made with; null before the first time. */
    halfLifeDays: p.integer().nullable(),
    /** Up to here the history has been read to the end. */
    factId: p.bigint('number'),
    /** Of `search_state`: up to here changes of homes have been read. */
    searchVersion: p.bigint('number'),
    /** Rises with every change of the numbers. */
    version: p.bigint('number'),
    /** A rebuild is under way, and has done the homes up to this one; null: none is. */
    rebuiltTo: p.integer().nullable(),
    /** The self-check goes on after this home. */
    checkedTo: p.integer(),
    /** The latest moment that anything was counted for, milliseconds since 1970. */
    countedTo: p.bigint('number'),
    /** The UTC day that the windows end with, in days since 1970. */
    day: p.integer(),
  },
});
/** One row. Who writes numbers locks it, so that none is written from an older look at the likes. */
export class RankingState extends RankingStateSchema.class {}
RankingStateSchema.setClass(RankingState);
