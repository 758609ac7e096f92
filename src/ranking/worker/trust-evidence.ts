import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { chunk } from '../../background/batch-runner.js';
import { Config } from '../../config/config.js';
import { SqlRepository } from '../../database/sql-repository.js';
import { toDatabaseTime } from '../../database/time.js';
import { type Account, GROUP_SECONDS, type Liker, MAX_RECENT_LIKES } from '../model/trust-rules.js';
import { utcSeconds } from '../model/utc-seconds.js';

/** The likes of a user, or of a property, in the time before a like event. */
export interface LikesBefore {
  /** The like event, which is included. */
  readonly eventId: number;
  /** The time of the event, in seconds since 1970. */
  readonly at: number;
  readonly of: number;
  readonly seconds: number;
  readonly limit: number;
}
interface PastLike extends Liker {
  readonly propertyId: number;
}
interface PastLikeRow {
  question: number;
  user_id: number;
  property_id: number;
  at: string;
}

/** Like events of an account that one like event makes the rules read. */
const MAX_EVENTS_READ = 200;
/** Selects per statement. */
const SELECTS_PER_STATEMENT = 200;

/** Reads what the trust rules ask about: the newest likes before a like event, each read bounded. */
@Injectable()
export class TrustEvidence extends SqlRepository {
  readonly #zone: string;

  constructor(em: EntityManager, config: Config) {
    super(em);
    this.#zone = config.database.timezone;
  }

  /** By user id. Deleted users are missing. */
  async findAccounts(userIds: readonly number[]): Promise<Map<number, Account>> {
    if (userIds.length === 0) return new Map();
    const { rows } = await sql<{
      id: number;
      joined: number;
      asked: number | null;
      confirmed: string | null;
    }>`
      select u.id, ${utcSeconds('u.date_joined', this.#zone)} as joined, c.user_id as asked, c.confirmed_at as confirmed
      from auth_user u left join account_confirmation c on c.user_id = u.id
      where u.id in (${sql.join(userIds)})`.execute(this.db);
    return new Map(
      rows.map(({ id, joined, asked, confirmed }) => [
        id,
        {
          joinedAt: joined,
          confirmedAt: asked === null ? -Infinity : confirmed ? secondsOf(confirmed, '+00:00') : Infinity,
        },
      ]),
    );
  }

  /** The properties among `ids` with at least `count` likes from the earliest `at` before the latest. Counts index entries only. */
  async findBusy(ids: readonly number[], from: number, to: number, count: number): Promise<Set<number>> {
    if (ids.length === 0) return new Set();
    const { rows } = await sql<{ id: number }>`
      select property_id as id from like_event force index (like_event_home)
      where property_id in (${sql.join(ids)}) and at > ${this.#naive(from - GROUP_SECONDS)} and at <= ${this.#naive(to)}
        and action = 'liked'
      group by property_id having count(*) >= ${count}`.execute(this.db);
    return new Set(rows.map(({ id }) => id));
  }

  /** The newest likes of the user of each like event, up to and including the event, by event id. */
  async findRecentLikes(eventIds: readonly number[]): Promise<Map<number, PastLike[]>> {
    if (eventIds.length === 0) return new Map();
    // An account with very many events has fewer rows, so the read is bounded.
    const { rows } = await sql<{ event_id: number; user_id: number; property_id: number; at: string }>`
      select e.id as event_id, l.user_id, l.property_id, l.at
      from like_event e straight_join like_event l force index (like_event_user) on l.user_id = e.user_id
        and l.at > greatest(e.at - interval ${sql.lit(GROUP_SECONDS)} second, coalesce((
          select x.at from like_event x force index (like_event_user)
          where x.user_id = e.user_id and x.at <= e.at and x.id <= e.id order by x.at desc, x.id desc limit 1 offset ${sql.lit(MAX_EVENTS_READ)}
        ), 0)) and l.at <= e.at
      where e.id in (${sql.join(eventIds)}) and l.id <= e.id and l.action = 'liked'
      order by e.id, l.at desc, l.id desc`.execute(this.db);
    const likes = rows.map((row) => ({
      eventId: row.event_id,
      userId: row.user_id,
      propertyId: row.property_id,
      at: this.#seconds(row.at),
    }));
    const byEvent = Map.groupBy(likes, ({ eventId }) => eventId);
    return new Map([...byEvent].map(([id, newest]) => [id, newest.slice(0, MAX_RECENT_LIKES)]));
  }

  /** The newest likes of each user, one result per question. */
  findLikesOfUsers(questions: readonly LikesBefore[]): Promise<PastLike[][]> {
    return this.#findLikes('user_id', 'like_event_user', 'at desc, id desc', questions);
  }

  /** The newest likes of each property, one result per question. */
  findLikesOfProperties(questions: readonly LikesBefore[]): Promise<PastLike[][]> {
    // The order of the index: `action` is constant.
    return this.#findLikes('property_id', 'like_event_home', 'at desc, action desc, id desc', questions);
  }

  async #findLikes(
    column: string,
    index: string,
    order: string,
    questions: readonly LikesBefore[],
  ): Promise<PastLike[][]> {
    const answers: PastLike[][] = questions.map(() => []);
    for (const batch of chunk([...questions.entries()], SELECTS_PER_STATEMENT)) {
      // Text instead of parameters, which cost the server and this process more than the rest. All values are numbers and times.
      const selects = batch.map(
        ([i, { eventId, at, of, seconds, limit }]) =>
          `(select ${i} as question, user_id, property_id, at from like_event force index (${index})
            where ${column} = ${of} and at > '${this.#naive(at - seconds)}' and at <= '${this.#naive(at)}'
              and id <= ${eventId} and action = 'liked' order by ${order} limit ${limit})`,
      );
      const { rows } = await sql.raw<PastLikeRow>(selects.join(' union all ')).execute(this.db);
      for (const { question, user_id: userId, property_id: propertyId, at } of rows)
        answers[question]!.push({ userId, propertyId, at: this.#seconds(at) });
    }
    return answers;
  }

  #naive(seconds: number): string {
    return toDatabaseTime(new Date(seconds * 1_000), this.#zone);
  }

  #seconds(naive: string): number {
    return secondsOf(naive, this.#zone);
  }
}

const secondsOf = (naive: string, zone: string): number => Date.parse(naive.replace(' ', 'T') + zone) / 1_000;

/** The newest likes of a user before an event. */
export const recentLikesOf = (event: { id: number; user_id: number; at: number }): LikesBefore => ({
  eventId: event.id,
  at: event.at,
  of: event.user_id,
  seconds: GROUP_SECONDS,
  limit: MAX_RECENT_LIKES,
});
