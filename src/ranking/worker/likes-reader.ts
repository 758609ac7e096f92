import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { toDatabaseTime } from '../../database/time.js';
import {
  type DayOfHistory,
  isDivided,
  type KeptDay,
  keptParts,
  type LikesPart,
  type Moment,
  numberOf,
} from './ranking-rows.js';
import { DAY_MS, DAY_SECONDS, dayOf, WEEK_MS } from '../model/score.js';
import { utcSeconds } from '../model/utc-seconds.js';

/** A home and one of its days. */
interface HomeDay {
  readonly id: number;
  readonly day: number;
}
/** What has to be read of a home again: the days that facts name, beside those that the clock divides; or all. */
export type Touch = ReadonlySet<number> | 'all';

type OfHome<Part> = Part & { readonly property_id: number };
type Sql = RawBuilder<unknown>;

/** Every query of the likes that stand and of their history: what the ranking is derived from. */
export class LikesReader {
  /** @param zone of the database's dates, `±hh:mm` */
  constructor(
    private readonly em: EntityManager,
    private readonly zone: string,
  ) {}

  get #db(): Kysely<never> {
    return this.em.getKysely<never>();
  }

  /** What has to be read again of the likes and their history, and the rest as it is kept. */
  async read(
    touched: ReadonlyMap<number, Touch>,
    kept: readonly KeptDay[],
    moment: Moment,
  ): Promise<{ likes: Map<number, LikesPart[]>; history: Map<number, DayOfHistory[]> }> {
    const ids = [...touched.keys()];
    const whole = ids.filter((id) => touched.get(id) === 'all');
    const others = ids.filter((id) => touched.get(id) !== 'all');
    const named = others.flatMap((id): HomeDay[] =>
      [...(touched.get(id) as Set<number>)].map((day) => ({ id, day })),
    );
    const isNamed = (id: number, day: number): boolean => (touched.get(id) as Set<number>).has(day);
    const keptOf = others.length > 0 ? kept.filter((row) => touched.get(row.property_id) !== 'all') : [];
    const undivided = named.filter(({ day }) => !isDivided(day, moment));
    const likes = [
      ...(await this.#findLikes(ofHomes(whole), moment)),
      ...(await this.#findLikes(this.#inDividedDays(others, moment), moment)),
      ...(await this.#findLikes(this.#inDays('created_at', undivided), moment)),
    ];
    const history = [
      ...(await this.#findHistory(ofHomes(whole))),
      ...(await this.#findHistory(this.#inDays('at', named))),
    ];
    for (const [id, days] of Map.groupBy(keptOf, (row) => row.property_id)) {
      const unread = days.filter(
        ({ day }) => !isDivided(numberOf(day), moment) && !isNamed(id, numberOf(day)),
      );
      likes.push(...keptParts(unread, moment).map((part) => ({ ...part, property_id: id })));
      history.push(
        ...days
          .filter(({ day }) => !isNamed(id, numberOf(day)))
          .map((row) => ({
            property_id: id,
            day: numberOf(row.day),
            likes: row.likes,
            unlikes: row.unlikes,
          })),
      );
    }
    return {
      likes: Map.groupBy(likes, (part) => part.property_id),
      history: Map.groupBy(history, (row) => row.property_id),
    };
  }

  /** The days on which these people ever liked these homes: one of them is that of a like that was taken back. */
  async findDaysOfPairs(pairs: readonly { property_id: number; user_id: number }[]): Promise<HomeDay[]> {
    if (pairs.length === 0) return [];
    const these = pairs.map((pair) => sql`(user_id = ${pair.user_id} and property_id = ${pair.property_id})`);
    const { rows } = await sql<HomeDay>`
      select distinct property_id as id, ${utcSeconds('at', this.zone)} div ${sql.lit(DAY_SECONDS)} as day
      from like_event where action = 'liked' and (${sql.join(these, sql` or `)})`.execute(this.#db);
    return rows.map(({ id, day }) => ({ id, day: Number(day) }));
  }

  /**
   * When the likes of a home were made, in milliseconds since 1970, that stood at `from` and were taken back by `to`. Of a
   * pair that was liked twice without being taken back, as old tables have it, the first counts.
   */
  async findTakenBack(id: number, from: number, to: number): Promise<number[]> {
    const naive = (time: number): string => toDatabaseTime(new Date(time), this.zone);
    const isMeant = sql`action = 'unliked' and at > ${naive(from)} and at <= ${naive(to)}`;
    // What was liked since the unlike before is a turn with the unlike that ends it.
    const { rows } = await sql<{ made: number | null }>`
      select made from (
        select action, at, min(case when action = 'liked' then seconds end) over (partition by user_id, turn) as made
        from (
          select e.user_id, e.action, e.at, ${utcSeconds('e.at', this.zone)} as seconds, coalesce(sum(e.action = 'unliked') over (
            partition by e.user_id order by e.id rows between unbounded preceding and 1 preceding
          ), 0) as turn
          from (
            select distinct user_id from like_event force index (like_event_home)
            where property_id = ${id} and ${isMeant}
          ) who
          straight_join like_event e force index (like_event_user) on e.user_id = who.user_id and e.property_id = ${id}
        ) facts
      ) turns
      where ${isMeant}`.execute(this.#db);
    return rows.flatMap(({ made }) => (made !== null && made * 1_000 <= from ? [made * 1_000] : []));
  }

  /** Likes that stand, by day. */
  async #findLikes(where: Sql | null, { time, halfLifeDays }: Moment): Promise<OfHome<LikesPart>[]> {
    if (!where) return [];
    const until = (moment: number) => sql.lit(Math.floor(moment / 1_000));
    // Not a decimal, which the server would round.
    const halfLife = sql.raw(`${halfLifeDays * DAY_SECONDS}e0`);
    const daySeconds = sql.lit(DAY_SECONDS);
    // The index gives the likes in time: sums of the same numbers in the same order are the same.
    const { rows } = await sql<OfHome<LikesPart>>`
      select property_id, day, phase, count(*) as likes, sum(pow(2, (at % ${daySeconds}) / ${halfLife})) as weight,
        min(at % ${daySeconds}) as first
      from (
        select property_id, at, at div ${daySeconds} as day,
          case when at <= ${until(time - WEEK_MS)} then 0 when at <= ${until(time)} then 1 else 2 end as phase
        from (
          select property_id, ${utcSeconds('created_at', this.zone)} as at
          from property_likes force index (property_likes_home) where ${where}
        ) timed
      ) dated
      group by property_id, day, phase order by property_id, day, phase`.execute(this.#db);
    return rows.map((row) => ({
      ...row,
      day: Number(row.day),
      phase: Number(row.phase) as LikesPart['phase'],
      first: Number(row.first),
      likes: Number(row.likes),
    }));
  }

  /** What was liked and taken back, by day. */
  async #findHistory(where: Sql | null): Promise<OfHome<DayOfHistory>[]> {
    if (!where) return [];
    const { rows } = await sql<OfHome<DayOfHistory>>`
      select property_id, day, sum(action = 'liked') as likes, sum(action = 'unliked') as unlikes
      from (
        select property_id, action, ${utcSeconds('at', this.zone)} div ${sql.lit(DAY_SECONDS)} as day
        from like_event force index (like_event_home) where ${where}
      ) dated
      group by property_id, day`.execute(this.#db);
    return rows.map((row) => ({
      ...row,
      day: Number(row.day),
      likes: Number(row.likes),
      unlikes: Number(row.unlikes),
    }));
  }

  /** The days that the clock divides, see isDivided(). */
  #inDividedDays(ids: readonly number[], { time }: Moment): Sql | null {
    const homes = ofHomes(ids);
    const weekAgo = this.#withinDay('created_at', dayOf(time - WEEK_MS));
    const fromToday = sql`created_at >= ${this.#startOf(dayOf(time))}`;
    return homes && sql`${homes} and (${weekAgo} or ${fromToday})`;
  }

  #inDays(column: string, days: readonly HomeDay[]): Sql | null {
    if (days.length === 0) return null;
    const these = days.map(({ id, day }) => sql`(property_id = ${id} and ${this.#withinDay(column, day)})`);
    return sql`(${sql.join(these, sql` or `)})`;
  }

  #withinDay(column: string, day: number): Sql {
    return sql`(${sql.ref(column)} >= ${this.#startOf(day)} and ${sql.ref(column)} < ${this.#startOf(day + 1)})`;
  }

  #startOf(day: number): string {
    return toDatabaseTime(new Date(day * DAY_MS), this.zone);
  }
}

function ofHomes(ids: readonly number[]): Sql | null {
  return ids.length > 0 ? sql`property_id in (${sql.join(ids)})` : null;
}
