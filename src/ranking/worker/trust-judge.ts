import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import {
  BURST_SECONDS,
  checksGroup,
  findBurst,
  findCandidates,
  findGroup,
  GROUP_SECONDS,
  isFresh,
  isTooFast,
  newestLikes,
  type TrustRule,
} from '../model/trust-rules.js';
import type { LikeEventRow } from './change-feed.js';
import { recentLikesOf, TrustEvidence } from './trust-evidence.js';

/** The rule that distrusts an account, and the like event that made it apply. */
export interface Verdict {
  readonly userId: number;
  readonly rule: TrustRule;
  readonly eventId: number;
}
interface JudgedLike {
  readonly event: LikeEventRow;
  readonly isFreshAccount: boolean;
  readonly recentTimes: number[];
  /** The properties that the account has liked in the last days. */
  readonly basket: number[];
}

/** Applies the trust rules to like events. Reads only; the number of reads per like event is bounded. */
@Injectable()
export class TrustJudge {
  constructor(
    private readonly evidence: TrustEvidence,
    private readonly config: Config,
  ) {}

  /** @returns at most one verdict per account: that of the first like event */
  async judge(events: readonly LikeEventRow[]): Promise<Verdict[]> {
    const likes = await this.#readLikes(events.filter(({ action }) => action === 'liked'));
    const busy = await this.#findBusy(likes);
    const found = [
      ...this.#findFast(likes),
      ...(await this.#findBursts(likes, busy)),
      ...(await this.#findGroups(likes, busy)),
    ];
    const first = new Map<number, Verdict>();
    for (const verdict of found.toSorted((a, b) => a.eventId - b.eventId))
      if (!first.has(verdict.userId)) first.set(verdict.userId, verdict);
    return [...first.values()];
  }

  get #limits() {
    return this.config.likeTrust;
  }

  async #readLikes(events: readonly LikeEventRow[]): Promise<JudgedLike[]> {
    const accounts = await this.evidence.findAccounts([...new Set(events.map((event) => event.user_id))]);
    const known = events.filter((event) => accounts.has(event.user_id));
    const recentLikes = await this.evidence.findRecentLikes(known);
    return known.map((event) => {
      const recent = recentLikes.get(event.id) ?? [];
      return {
        event,
        isFreshAccount: isFresh(accounts.get(event.user_id)!, event.at, this.#limits),
        recentTimes: recent.map(({ at }) => at),
        basket: [...new Set(recent.map(({ propertyId }) => propertyId))],
      };
    });
  }

  /** Properties with enough likes for a burst or a group. In most steps there are none, and nothing more is read. */
  async #findBusy(likes: readonly JudgedLike[]): Promise<Set<number>> {
    const ids = likes.flatMap(({ event, isFreshAccount, basket }) => [
      ...(isFreshAccount ? [event.property_id] : []),
      ...(checksGroup(basket.length, this.#limits) ? basket : []),
    ]);
    const times = likes.map(({ event }) => event.at);
    const counts = [this.#limits.burstLikes, this.#limits.groupAccounts].filter((count) => count > 0);
    if (ids.length === 0 || counts.length === 0) return new Set();
    return this.evidence.findBusy(
      [...new Set(ids)],
      Math.min(...times),
      Math.max(...times),
      Math.min(...counts),
    );
  }

  #findFast(likes: readonly JudgedLike[]): Verdict[] {
    return likes
      .filter(({ event, recentTimes }) => isTooFast(recentTimes, event.at, this.#limits))
      .map(({ event }) => ({ userId: event.user_id, rule: 'pace', eventId: event.id }));
  }

  async #findBursts(likes: readonly JudgedLike[], busy: ReadonlySet<number>): Promise<Verdict[]> {
    const { burstLikes } = this.#limits;
    if (burstLikes === 0) return [];
    const asked = likes.filter(({ event, isFreshAccount }) => isFreshAccount && busy.has(event.property_id));
    const answers = await this.evidence.findLikesOfProperties(
      asked.map(({ event }) => ({
        eventId: event.id,
        at: event.at,
        of: event.property_id,
        seconds: BURST_SECONDS,
        limit: newestLikes(burstLikes),
      })),
    );
    const userIds = new Set(answers.flat().map(({ userId }) => userId));
    const accounts = await this.evidence.findAccounts([...userIds]);
    return asked.flatMap(({ event }, i) =>
      findBurst(answers[i]!, accounts, this.#limits).map((userId) => ({
        userId,
        rule: 'burst' as const,
        eventId: event.id,
      })),
    );
  }

  async #findGroups(likes: readonly JudgedLike[], busy: ReadonlySet<number>): Promise<Verdict[]> {
    const asked = likes.filter(({ basket }) => checksGroup(basket.length, this.#limits));
    const pairs = asked.flatMap((like) =>
      like.basket.filter((id) => busy.has(id)).map((propertyId) => ({ like, propertyId })),
    );
    const answers = await this.evidence.findLikesOfProperties(
      pairs.map(({ like: { event }, propertyId }) => ({
        eventId: event.id,
        at: event.at,
        of: propertyId,
        seconds: GROUP_SECONDS,
        limit: newestLikes(this.#limits.groupAccounts),
      })),
    );
    const likersOf = Map.groupBy(
      pairs.map(({ like, propertyId }, i) => ({ like, propertyId, likers: answers[i]! })),
      ({ like }) => like,
    );
    const verdicts: Verdict[] = [];
    for (const [{ event, basket }, properties] of likersOf) {
      const likers = new Map(properties.map(({ propertyId, likers: newest }) => [propertyId, newest]));
      const candidates = findCandidates(event.user_id, likers, basket.length, this.#limits);
      if (candidates.size === 0) continue;
      const likedCounts = await this.#countBaskets(event, [...candidates.keys()]);
      const group = findGroup(event.user_id, candidates, (id) => likedCounts.get(id) ?? 0, this.#limits);
      verdicts.push(...group.map((userId) => ({ userId, rule: 'group' as const, eventId: event.id })));
    }
    return verdicts;
  }

  /** How many properties each of these users had liked in the days before the event. */
  async #countBaskets({ id, at }: LikeEventRow, userIds: readonly number[]): Promise<Map<number, number>> {
    const questions = userIds.map((userId) => recentLikesOf({ id, at, user_id: userId }));
    const answers = await this.evidence.findLikesOfUsers(questions);
    return new Map(
      userIds.map((userId, i) => [userId, new Set(answers[i]!.map(({ propertyId }) => propertyId)).size]),
    );
  }
}
