import type { EntityManager } from '@mikro-orm/mysql';
import { type Kysely, sql } from 'kysely';
import { DAY_SECONDS, type DayOfLikes, WEEK_MS } from './score.js';
import { utcSeconds } from './utc-seconds.js';

/** The likes of a home that stand and were made on one day; where a moment that matters divides the day, its parts. */
export interface LikesRow extends DayOfLikes {
  property_id: number;
  /** 0: counted seven days before already; 1: since then; 2: dated in the future. */
  phase: 0 | 1 | 2;
  /** Seconds since 1970. */
  first: number;
}

export interface HistoryRow {
  property_id: number;
  day: number;
  likes: number;
  unlikes: number;
}

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

  /** The likes of these homes that stand, by day. */
  async findLikes(ids: readonly number[], time: number, halfLifeDays: number): Promise<LikesRow[]> {
    if (ids.length === 0) return [];
    const until = (moment: number) => sql.lit(Math.floor(moment / 1_000));
    // Not a decimal, which the server would round.
    const halfLife = sql.raw(`${halfLifeDays * DAY_SECONDS}e0`);
    const day = sql.lit(DAY_SECONDS);
    // The index gives the likes in time: sums of the same numbers in the same order are the same.
    const { rows } = await sql<LikesRow>`
      select property_id, day, phase, count(*) as likes, sum(pow(2, (at % ${day}) / ${halfLife})) as weight,
        min(at) as first
      from (
        select property_id, at, at div ${day} as day,
          case when at <= ${until(time - WEEK_MS)} then 0 when at <= ${until(time)} then 1 else 2 end as phase
        from (
          select property_id, ${utcSeconds('created_at', this.zone)} as at
          from property_likes force index (property_likes_home) where property_id in (${sql.join(ids)})
        ) timed
      ) dated
      group by property_id, day, phase order by property_id, day, phase`.execute(this.#db);
    return rows.map((row) => ({
      ...row,
      day: Number(row.day),
      first: Number(row.first),
      likes: Number(row.likes),
    }));
  }

  /** What was liked and taken back on each day. */
  async findHistory(ids: readonly number[]): Promise<HistoryRow[]> {
    const { rows } = await sql<HistoryRow>`
      select property_id, day, sum(action = 'liked') as likes, sum(action = 'unliked') as unlikes
      from (
        select property_id, action, ${utcSeconds('at', this.zone)} div ${sql.lit(DAY_SECONDS)} as day
        from like_event where property_id in (${sql.join(ids)})
      ) dated
      group by property_id, day`.execute(this.#db);
    return rows.map((row) => ({ ...row, likes: Number(row.likes), unlikes: Number(row.unlikes) }));
  }

  /** When the likes of a home were made, in seconds since 1970, that stood at `from` and were taken back by `to`. */
  async findTakenBack(id: number, from: number, to: number): Promise<number[]> {
    const [at, made] = [utcSeconds('u.at', this.zone), utcSeconds('l.at', this.zone)];
    const { rows } = await sql<{ made: number | null }>`
      select (
        select ${made} from like_event l
        where l.user_id = u.user_id and l.property_id = u.property_id and l.action = 'liked' and l.id < u.id
        order by l.id desc limit 1
      ) as made
      from like_event u where u.property_id = ${id} and u.action = 'unliked'
        and ${at} > ${sql.lit(Math.floor(from / 1_000))} and ${at} <= ${sql.lit(Math.floor(to / 1_000))}`.execute(
      this.#db,
    );
    return rows.flatMap((row) => (row.made !== null && row.made * 1_000 <= from ? [Number(row.made)] : []));
  }
}
