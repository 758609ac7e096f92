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
import { type BusyQuestion, recentLikesOf, TrustEvidence } from './trust-evidence.js';

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

type IsBusy = (propertyId: number, event: LikeEventRow) => boolean;

/** Applies the trust rules to like events. Reads only; the number of reads per like event is bounded. */
@Injectable()
export class TrustJudge {
  constructor(
    private readonly evidence: TrustEvidence,
    private readonly config: Config,
  ) {}

  /**
   * @param events of the same days or of the same accounts: they are then read together
   * @returns at most one verdict per account: that of the first like event
   */
  async judge(events: readonly LikeEventRow[]): Promise<Verdict[]> {
    const likes = await this.#readLikes(events.filter(({ action }) => action === 'liked'));
    const isBusy = await this.#findBusy(likes);
    const found = [
      ...this.#findFast(likes),
      ...(await this.#findBursts(likes, isBusy)),
      ...(await this.#findGroups(likes, isBusy)),
    ];
    return [...keepFirst(new Map(), found).values()];
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

  /**
   * Finds the properties with enough likes for a burst or a group near a like event. In most steps there are none, and nothing more is
   * read. Like events of the same days ask together.
   */
  async #findBusy(likes: readonly JudgedLike[]): Promise<IsBusy> {
    const counts = [this.#limits.burstLikes, this.#limits.groupAccounts].filter((count) => count > 0);
    const questions = new Map<string, BusyQuestion>();
    const keyOf = (propertyId: number, at: number): string =>
      `${propertyId} ${Math.floor(at / GROUP_SECONDS)}`;
    for (const { event, isFreshAccount, basket } of counts.length > 0 ? likes : []) {
      const ids = checksGroup(basket.length, this.#limits) ? basket : [];
      for (const propertyId of isFreshAccount ? [event.property_id, ...ids] : ids) {
        const key = keyOf(propertyId, event.at);
        const { from, to } = questions.get(key) ?? { from: event.at, to: event.at };
        questions.set(key, { propertyId, from: Math.min(from, event.at), to: Math.max(to, event.at) });
      }
    }
    const answers = await this.evidence.findBusy([...questions.values()], Math.min(...counts));
    const busy = new Set([...questions.keys()].filter((_key, i) => answers[i]));
    return (propertyId, { at }) => busy.has(keyOf(propertyId, at));
  }

  #findFast(likes: readonly JudgedLike[]): Verdict[] {
    return likes
      .filter(({ event, recentTimes }) => isTooFast(recentTimes, event.at, this.#limits))
      .map(({ event }) => ({ userId: event.user_id, rule: 'pace', eventId: event.id }));
  }

  async #findBursts(likes: readonly JudgedLike[], isBusy: IsBusy): Promise<Verdict[]> {
    const { burstLikes } = this.#limits;
    if (burstLikes === 0) return [];
    const asked = likes.filter(
      ({ event, isFreshAccount }) => isFreshAccount && isBusy(event.property_id, event),
    );
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

  async #findGroups(likes: readonly JudgedLike[], isBusy: IsBusy): Promise<Verdict[]> {
    const asked = likes.filter(({ basket }) => checksGroup(basket.length, this.#limits));
    const pairs = asked.flatMap((like) =>
      like.basket.filter((id) => isBusy(id, like.event)).map((propertyId) => ({ like, propertyId })),
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

/** Adds verdicts by account, of which that of the first like event stays. */
export function keepFirst(first: Map<number, Verdict>, verdicts: readonly Verdict[]): Map<number, Verdict> {
  for (const verdict of verdicts) {
    const known = first.get(verdict.userId);
    if (!known || verdict.eventId < known.eventId) first.set(verdict.userId, verdict);
  }
  return first;
}
