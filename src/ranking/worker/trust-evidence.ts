import { Injectable } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/mysql';
import { sql } from 'kysely';
import { chunk } from '../../background/batch-runner.js';
import { Config } from '../../config/config.js';
import { SqlRepository } from '../../database/sql-repository.js';
import { offsetMinutes, toDatabaseTime } from '../../database/time.js';
import { type Account, GROUP_SECONDS, type Liker, MAX_RECENT_LIKES } from '../model/trust-rules.js';
import { utcSeconds } from '../model/utc-seconds.js';
import type { LikeEventRow } from './change-feed.js';

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
export interface BusyQuestion {
  readonly propertyId: number;
  /** The earliest time of the like events that ask, in seconds since 1970. */
  readonly from: number;
  /** The latest. */
  readonly to: number;
}
interface PastLike extends Liker {
  readonly propertyId: number;
}
interface PastEvent extends PastLike {
  readonly id: number;
  readonly action: LikeEventRow['action'];
}
interface PastEventRow {
  question: number;
  id: number;
  user_id: number;
  property_id: number;
  at: string;
  action: LikeEventRow['action'];
}

/** Like events of an account that one like event makes the rules read. */
export const MAX_EVENTS_READ = 200;
/**
 * Selects per statement. They have their values as text: parameters cost the server and this process more than the rest. All values are
 * numbers and times.
 */
const SELECTS_PER_STATEMENT = 200;

/** Reads what the trust rules ask about: the newest likes before a like event, each read bounded. */
@Injectable()
export class TrustEvidence extends SqlRepository {
  readonly #zone: string;
  readonly #offsetSeconds: number;

  constructor(em: EntityManager, config: Config) {
    super(em);
    this.#zone = config.database.timezone;
    this.#offsetSeconds = offsetMinutes(this.#zone) * 60;
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
          confirmedAt: asked === null ? -Infinity : confirmed ? secondsOf(confirmed) : Infinity,
        },
      ]),
    );
  }

  /** Whether a property had at least `count` likes from GROUP_SECONDS before `from` until `to`, for each question. Reads `count` likes of each. */
  async findBusy(questions: readonly BusyQuestion[], count: number): Promise<boolean[]> {
    const answers = questions.map(() => false);
    for (const batch of chunk([...questions.entries()], SELECTS_PER_STATEMENT)) {
      const selects = batch.map(
        ([i, { propertyId, from, to }]) =>
          `(select ${i} as question from like_event force index (like_event_home)
            where property_id = ${propertyId} and at > '${this.#naive(from - GROUP_SECONDS)}' and at <= '${this.#naive(to)}' and action = 'liked'
            limit 1 offset ${count - 1})`,
      );
      const { rows } = await sql.raw<{ question: number }>(selects.join(' union all ')).execute(this.db);
      for (const { question } of rows) answers[question] = true;
    }
    return answers;
  }

  /** The newest likes of the user of each like event, up to and including the event, by event id. */
  async findRecentLikes(events: readonly LikeEventRow[]): Promise<Map<number, PastLike[]>> {
    // One bounded read per account. A read per event would read the same events again for each of them.
    const accounts = [...Map.groupBy(events, (event) => event.user_id).values()];
    const questions = accounts.map((of): LikesBefore => {
      const times = of.map(({ at }) => at);
      const [from, to] = [Math.min(...times), Math.max(...times)];
      return {
        eventId: Math.max(...of.map(({ id }) => id)),
        at: to,
        of: of[0]!.user_id,
        seconds: to - from + GROUP_SECONDS,
        limit: MAX_EVENTS_READ + 1 + 2 * of.length,
      };
    });
    const answers = await this.#findEvents(questions);
    const likes = new Map<number, PastLike[]>();
    const unanswered: LikeEventRow[] = [];
    for (const [i, of] of accounts.entries())
      for (const event of of) {
        const before = answers[i]!.filter(({ id, at }) => at <= event.at && id <= event.id);
        const isWhole = answers[i]!.length < questions[i]!.limit || before.length > MAX_EVENTS_READ;
        if (isWhole) likes.set(event.id, recentAmong(before, event));
        else unanswered.push(event);
      }
    // Later events of the account, which other programs wrote with an earlier time, filled the read.
    const own = unanswered.map((event) => ({ ...recentLikesOf(event), limit: MAX_EVENTS_READ + 1 }));
    for (const [i, before] of (await this.#findEvents(own)).entries())
      likes.set(unanswered[i]!.id, recentAmong(before, unanswered[i]!));
    return likes;
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

  /** The newest like events of each user, one result per question. */
  async #findEvents(questions: readonly LikesBefore[]): Promise<PastEvent[][]> {
    return this.#find('user_id', 'like_event_user', '', 'at desc, id desc', questions);
  }

  #findLikes(
    column: string,
    index: string,
    order: string,
    questions: readonly LikesBefore[],
  ): Promise<PastLike[][]> {
    return this.#find(column, index, "and action = 'liked'", order, questions);
  }

  async #find(
    column: string,
    index: string,
    condition: string,
    order: string,
    questions: readonly LikesBefore[],
  ): Promise<PastEvent[][]> {
    const answers: PastEvent[][] = questions.map(() => []);
    for (const batch of chunk([...questions.entries()], SELECTS_PER_STATEMENT)) {
      const selects = batch.map(
        ([i, { eventId, at, of, seconds, limit }]) =>
          `(select ${i} as question, id, user_id, property_id, at, action from like_event force index (${index})
            where ${column} = ${of} and at > '${this.#naive(at - seconds)}' and at <= '${this.#naive(at)}'
              and id <= ${eventId} ${condition} order by ${order} limit ${limit})`,
      );
      const { rows } = await sql.raw<PastEventRow>(selects.join(' union all ')).execute(this.db);
      for (const { question, id, user_id: userId, property_id: propertyId, at, action } of rows)
        answers[question]!.push({ id, userId, propertyId, at: this.#seconds(at), action });
    }
    return answers;
  }

  #naive(seconds: number): string {
    return toDatabaseTime(new Date(seconds * 1_000), this.#zone);
  }

  #seconds(naive: string): number {
    return secondsOf(naive) - this.#offsetSeconds;
  }
}

/**
 * Thousands of times are read for some like events, and Date.parse() takes four times as long.
 * @param naive `YYYY-MM-DD hh:mm:ss` in UTC
 * @returns seconds since 1970
 */
function secondsOf(naive: string): number {
  const two = (at: number): number => 10 * naive.charCodeAt(at) + naive.charCodeAt(at + 1) - 11 * ZERO;
  return Date.UTC(100 * two(0) + two(2), two(5) - 1, two(8), two(11), two(14), two(17)) / 1_000;
}
const ZERO = '0'.charCodeAt(0);

/** The likes among an account's events before a like event, newest first. An account with very many events has fewer of them. */
function recentAmong(before: readonly PastEvent[], event: LikeEventRow): PastLike[] {
  const after = Math.max(event.at - GROUP_SECONDS, before[MAX_EVENTS_READ]?.at ?? -Infinity);
  return before.filter(({ action, at }) => action === 'liked' && at > after).slice(0, MAX_RECENT_LIKES);
}

/** The newest likes of a user before an event. */
export const recentLikesOf = (event: { id: number; user_id: number; at: number }): LikesBefore => ({
  eventId: event.id,
  at: event.at,
  of: event.user_id,
  seconds: GROUP_SECONDS,
  limit: MAX_RECENT_LIKES,
});
