import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/mysql';
import { type RawBuilder, sql } from 'kysely';
import { chunk } from '../../background/batch-runner.js';
import { Config } from '../../config/config.js';
import { SqlRepository } from '../../database/sql-repository.js';
import { toDatabaseTime } from '../../database/time.js';
import {
  type EventsOfDay,
  isBoundaryDay,
  type LikesOfPhase,
  likesOfStored,
  numberOfDate,
  type ScoreParameters,
  type StoredDay,
  type UntrustedLikes,
} from './ranking-rows.js';
import { DAY_MS, DAY_SECONDS, dayOf, WEEK_MS } from '../model/score.js';
import { utcSeconds } from '../model/utc-seconds.js';

/** A day of a property. `day` counts UTC days since 1970. */
interface PropertyDay {
  readonly id: number;
  readonly day: number;
}
/** The days of a property to read again, besides the boundary days (see isBoundaryDay()); or all its days. */
export type DaysToRead = ReadonlySet<number> | 'all';

export function unionOfDays(one: DaysToRead | undefined, other: DaysToRead): DaysToRead {
  if (one === 'all' || other === 'all') return 'all';
  return new Set([...(one ?? []), ...other]);
}

// One user and one property: the limits of likes let both together make half as many likes a month.
const MAX_LIKES_OF_PAIR = 500;
const PAIRS_PER_STATEMENT = 100;

type OfProperty<Row> = Row & { readonly property_id: number };
type Sql = RawBuilder<unknown>;

interface LikesAndEvents {
  /** Likes of trusted accounts, by property id. */
  likes: Map<number, LikesOfPhase[]>;
  untrusted: Map<number, UntrustedLikes>;
  events: Map<number, EventsOfDay[]>;
}

/** Reads current likes and like events: the ranking is derived from them. */
@Injectable()
export class LikesReader extends SqlRepository {
  readonly #zone: string;

  constructor(em: EntityManager, config: Config) {
    super(em);
    this.#zone = config.database.timezone;
  }

  /** Reads the days of `daysById` and the boundary days. Other days are taken from `stored`, the rows of `ranking_day`. */
  async read(
    daysById: ReadonlyMap<number, DaysToRead>,
    stored: readonly StoredDay[],
    parameters: ScoreParameters,
  ): Promise<LikesAndEvents> {
    const fullIds: number[] = [];
    const daysOfPartial = new Map<number, ReadonlySet<number>>();
    for (const [id, days] of daysById)
      if (days === 'all') fullIds.push(id);
      else daysOfPartial.set(id, days);
    const named = [...daysOfPartial].flatMap(([id, days]): PropertyDay[] =>
      [...days].map((day) => ({ id, day })),
    );
    const inner = named.filter(({ day }) => !isBoundaryDay(day, parameters));
    const untrusted = await this.#findUntrusted([...daysById.keys()], parameters);
    const likes: OfProperty<LikesOfPhase>[] = [];
    // Only where an untrusted account liked the property is each like compared with these accounts.
    for (const isUntrusted of untrusted.size > 0 ? [false, true] : [false]) {
      const isPart = (id: number): boolean => untrusted.has(id) === isUntrusted;
      const partialIds = [...daysOfPartial.keys()].filter(isPart);
      const innerDays = inner.filter(({ id }) => isPart(id));
      for (const where of [
        ofProperties(fullIds.filter(isPart)),
        this.#inBoundaryDays(partialIds, parameters),
        this.#inDays('created_at', innerDays),
      ])
        if (where) likes.push(...(await this.#findLikes(where, isUntrusted, parameters)));
    }
    const events = [
      ...(await this.#findEvents(ofProperties(fullIds))),
      ...(await this.#findEvents(this.#inDays('at', named))),
    ];
    for (const [id, rows] of Map.groupBy(stored, (row) => row.property_id)) {
      const days = daysOfPartial.get(id);
      if (!days) continue;
      const unread = rows.filter(({ day }) => !days.has(numberOfDate(day)));
      const inside = unread.filter(({ day }) => !isBoundaryDay(numberOfDate(day), parameters));
      likes.push(...likesOfStored(inside, parameters).map((group) => ({ ...group, property_id: id })));
      events.push(...unread.map(toEventsOfDay));
    }
    return {
      likes: Map.groupBy(likes, (group) => group.property_id),
      untrusted,
      events: Map.groupBy(events, (row) => row.property_id),
    };
  }

  /** The days of the newest like events `liked` of these pairs. An unlike ended a like of one of these days. */
  async findDaysOfPairs(pairs: readonly { property_id: number; user_id: number }[]): Promise<PropertyDay[]> {
    const distinct = new Map(pairs.map((pair) => [`${pair.user_id} ${pair.property_id}`, pair]));
    const days: PropertyDay[] = [];
    for (const part of chunk([...distinct.values()], PAIRS_PER_STATEMENT)) {
      const newest = part.map(
        (pair) => sql`(select property_id, at from like_event force index (like_event_pair)
          where user_id = ${pair.user_id} and property_id = ${pair.property_id} and action = 'liked'
          order by id desc limit ${sql.lit(MAX_LIKES_OF_PAIR)})`,
      );
      const { rows } = await sql<PropertyDay>`
        select distinct property_id as id, ${utcSeconds('at', this.#zone)} div ${sql.lit(DAY_SECONDS)} as day
        from (${sql.join(newest, sql` union all `)}) newest`.execute(this.db);
      days.push(...rows);
    }
    return days;
  }

  /**
   * Finds likes of trusted accounts that existed at `from` and were ended by an unlike by `to` (milliseconds since 1970). When old
   * tables have two likes of a pair without an unlike between them, the first counts.
   * @returns the times at which these likes were made, in milliseconds since 1970
   */
  async findUnliked(id: number, from: number, to: number): Promise<number[]> {
    const naive = (time: number): string => toDatabaseTime(new Date(time), this.#zone);
    const isUnlikeInRange = sql`action = 'unliked' and at > ${naive(from)} and at <= ${naive(to)}`;
    // `turn` numbers the likes of a pair: the events after one unlike, up to and including the next unlike.
    const { rows } = await sql<{ liked_at: number | null }>`
      select liked_at from (
        select action, at, min(case when action = 'liked' then seconds end) over (partition by user_id, turn) as liked_at
        from (
          select e.user_id, e.action, e.at, ${utcSeconds('e.at', this.#zone)} as seconds, coalesce(sum(e.action = 'unliked') over (
            partition by e.user_id order by e.id rows between unbounded preceding and 1 preceding
          ), 0) as turn
          from (
            select distinct user_id from like_event force index (like_event_home)
            where property_id = ${id} and ${isUnlikeInRange} and not exists (
              select 1 from untrusted_like u where u.property_id = ${id} and u.user_id = like_event.user_id
            )
          ) unliking
          straight_join like_event e force index (like_event_pair) on e.user_id = unliking.user_id and e.property_id = ${id}
        ) events
      ) turns
      where ${isUnlikeInRange}`.execute(this.db);
    return rows.flatMap(({ liked_at: seconds }) =>
      seconds !== null && seconds * 1_000 <= from ? [seconds * 1_000] : [],
    );
  }

  /** The standing likes of untrusted accounts, by property id. */
  async #findUntrusted(
    ids: readonly number[],
    { time }: ScoreParameters,
  ): Promise<Map<number, UntrustedLikes>> {
    const now = sql.lit(Math.floor(time / 1_000));
    const { rows } = await sql<OfProperty<UntrustedLikes>>`
      select property_id, coalesce(sum(at <= ${now}), 0) as count, min(case when at > ${now} then at end) as nextAt
      from (
        select u.property_id, case when l.id is not null then ${utcSeconds('l.created_at', this.#zone)} end as at
        from untrusted_like u left join property_likes l force index (property_likes_pair)
          on l.property_id = u.property_id and l.user_id = u.user_id
        where u.property_id in (${sql.join(ids)})
      ) untrusted
      group by property_id`.execute(this.db);
    return new Map(rows.map(({ property_id: id, count, nextAt }) => [id, { count, nextAt }]));
  }

  async #findLikes(
    where: Sql,
    excludesUntrusted: boolean,
    { time, halfLifeDays }: ScoreParameters,
  ): Promise<OfProperty<LikesOfPhase>[]> {
    const isTrusted = excludesUntrusted
      ? sql`and not exists (select 1 from untrusted_like u where u.property_id = l.property_id and u.user_id = l.user_id)`
      : sql``;
    const secondsOf = (ms: number) => sql.lit(Math.floor(ms / 1_000));
    // Written as a double: the server would round a decimal.
    const halfLife = sql.raw(`${halfLifeDays * DAY_SECONDS}e0`);
    const daySeconds = sql.lit(DAY_SECONDS);
    // The index returns likes in the order of time. Equal numbers added in the same order give the same sum.
    const { rows } = await sql<OfProperty<LikesOfPhase>>`
      select property_id, day, phase, count(*) as likes, sum(pow(2, (at % ${daySeconds}) / ${halfLife})) as weight,
        min(at % ${daySeconds}) as first
      from (
        select property_id, at, at div ${daySeconds} as day,
          case when at <= ${secondsOf(time - WEEK_MS)} then 0 when at <= ${secondsOf(time)} then 1 else 2 end as phase
        from (
          select property_id, ${utcSeconds('created_at', this.#zone)} as at
          from property_likes l force index (property_likes_home) where ${where} ${isTrusted}
        ) timed
      ) dated
      group by property_id, day, phase order by property_id, day, phase`.execute(this.db);
    return rows;
  }

  async #findEvents(where: Sql | null): Promise<OfProperty<EventsOfDay>[]> {
    if (!where) return [];
    const { rows } = await sql<OfProperty<EventsOfDay>>`
      select property_id, day, sum(action = 'liked') as likes, sum(action = 'unliked') as unlikes
      from (
        select property_id, action, ${utcSeconds('at', this.#zone)} div ${sql.lit(DAY_SECONDS)} as day
        from like_event force index (like_event_home) where ${where}
      ) dated
      group by property_id, day`.execute(this.db);
    return rows;
  }

  #inBoundaryDays(ids: readonly number[], { time }: ScoreParameters): Sql | null {
    const isProperty = ofProperties(ids);
    const weekAgo = this.#withinDay('created_at', dayOf(time - WEEK_MS));
    const fromToday = sql`created_at >= ${this.#startOf(dayOf(time))}`;
    return isProperty && sql`${isProperty} and (${weekAgo} or ${fromToday})`;
  }

  #inDays(column: string, days: readonly PropertyDay[]): Sql | null {
    if (days.length === 0) return null;
    // One list of properties per day: a condition per pair takes the server twice as long.
    const isDay = [...Map.groupBy(days, ({ day }) => day)].map(
      ([day, pairs]) => sql`(${ofProperties(pairs.map(({ id }) => id))} and ${this.#withinDay(column, day)})`,
    );
    return sql`(${sql.join(isDay, sql` or `)})`;
  }

  #withinDay(column: string, day: number): Sql {
    return sql`(${sql.ref(column)} >= ${this.#startOf(day)} and ${sql.ref(column)} < ${this.#startOf(day + 1)})`;
  }

  #startOf(day: number): string {
    return toDatabaseTime(new Date(day * DAY_MS), this.#zone);
  }
}

function ofProperties(ids: readonly number[]): Sql | null {
  return ids.length > 0 ? sql`property_id in (${sql.join(ids)})` : null;
}

function toEventsOfDay({ property_id, day, likes, unlikes }: StoredDay): OfProperty<EventsOfDay> {
  return { property_id, day: numberOfDate(day), likes, unlikes };
}
