import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { TokenRefused } from '../accounts/account.errors.js';
import { type Caller, CallerCache } from '../accounts/caller-cache.js';
import { Config } from '../config/config.js';
import { isDatabaseTime, NO_DATE, toDatabaseTime, toUtc } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { decodeCursor, encodeCursor, type PageInfo, type Position } from '../http/pagination.js';
import { InvalidParameters } from '../http/problem.js';
import { PropertiesService } from '../properties/read/properties.service.js';
import { PropertyNotFound } from '../properties/model/property.errors.js';
import { Coalescer } from './coalescer.js';
import type {
  LikeCountDto,
  LikeDto,
  LikedPropertyPage,
  LikeEventPage,
  LikeLookupDto,
  ListInput,
} from './dto/likes.dto.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeRepository, type LikeState } from './like.repository.js';

interface LikeResult {
  like: LikeDto;
  /** True when this request made the like. */
  isNew: boolean;
}

/** Likes and unlikes properties, and lists the likes of a user. One transaction writes a like or unlike with its like events. */
@Injectable()
export class LikesService {
  readonly #zone: string;
  /** By pair: likes and unlikes of one pair run in the order of arrival. */
  readonly #requests = new Coalescer();

  constructor(
    private readonly em: EntityManager,
    private readonly likes: LikeRepository,
    private readonly events: LikeEventRepository,
    private readonly properties: PropertiesService,
    private readonly callers: CallerCache,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * Liking a liked property changes nothing.
   * @returns `isNew` is true for at most one of several equal requests
   * @throws PropertyNotFound also when the property is hidden
   * @throws TokenRefused when the user is no longer active
   */
  async like(propertyId: number, userId: number): Promise<LikeResult> {
    const { result, isShared } = await this.#requests.run(`${propertyId} ${userId}`, 'like', () =>
      this.#like(propertyId, userId),
    );
    return isShared ? { ...result, isNew: false } : result;
  }

  async #like(propertyId: number, userId: number): Promise<LikeResult> {
    // A read first: a like that stands, and a refusal, are answered without the user's write lock.
    const { isVisible, likedAt } = await this.#state(propertyId, userId);
    if (!isVisible) throw new PropertyNotFound();
    if (likedAt !== null) return this.#likeResult(propertyId, likedAt, false);
    const now = this.#now();
    if (await this.likes.addInOneTrip(propertyId, userId, now))
      return this.#likeResult(propertyId, now, true);
    const committed = await inTransaction(this.em, async () => {
      const outcome = await this.likes.add(propertyId, userId, now);
      if (outcome === 'refused') return null;
      if (outcome === 'standing')
        return { at: await this.likes.findLikedAt(propertyId, userId), isNew: false };
      return { at: now, isNew: true };
    });
    if (!committed) {
      await this.callers.requireUncached(userId);
      throw new PropertyNotFound();
    }
    return this.#likeResult(propertyId, committed.at, committed.isNew);
  }

  #likeResult(propertyId: number, at: string | null, isNew: boolean): LikeResult {
    return { like: { propertyId, liked: true, likedAt: toUtc(at, this.#zone) ?? NO_DATE }, isNew };
  }

  /**
   * Unliking an unliked property changes nothing. The call succeeds for every id, because another answer would tell which hidden
   * properties exist.
   * @throws TokenRefused when the user is no longer active
   */
  async unlike(propertyId: number, userId: number): Promise<void> {
    await this.#requests.run(`${propertyId} ${userId}`, 'unlike', () => this.#unlike(propertyId, userId));
  }

  async #unlike(propertyId: number, userId: number): Promise<void> {
    const { likedAt } = await this.#state(propertyId, userId);
    if (likedAt === null) return;
    const now = this.#now();
    if (await this.likes.removeInOneTrip(propertyId, userId, now)) return;
    const outcome = await inTransaction(this.em, () => this.likes.remove(propertyId, userId, now));
    if (outcome === 'refused') throw new TokenRefused();
  }

  /** @throws TokenRefused when the user is no longer active */
  async #state(propertyId: number, userId: number): Promise<LikeState> {
    const state = await this.likes.findState(propertyId, userId);
    if (!state) throw new TokenRefused();
    return state;
  }

  /** @throws PropertyNotFound also when the property is hidden */
  async count(propertyId: number, caller: Caller | null): Promise<LikeCountDto> {
    await this.properties.requireVisible(propertyId);
    const { count, mine } = await this.likes.countOf(propertyId, caller?.id ?? null);
    return { propertyId, count, likedByMe: caller && mine === 1 };
  }

  async listMine({ limit, cursor }: ListInput, { id: userId }: Caller): Promise<LikedPropertyPage> {
    const scope = JSON.stringify(['my likes', userId]);
    const rows = await this.likes.findPage(userId, positionOf(scope, cursor), limit + 1);
    const properties = await this.properties.findVisibleByIds(
      rows.slice(0, limit).map((row) => row.property_id),
    );
    return {
      items: rows.slice(0, limit).map((row) => ({
        likedAt: toUtc(row.created_at, this.#zone) ?? NO_DATE,
        propertyId: row.property_id,
        property: properties.get(row.property_id) ?? null,
      })),
      page: pageOf(
        scope,
        rows.map((row) => [row.created_at, row.id]),
        limit,
      ),
    };
  }

  async lookUp(propertyIds: readonly number[], { id: userId }: Caller): Promise<LikeLookupDto> {
    return { liked: await this.likes.findLikedIds(userId, propertyIds) };
  }

  async listMyHistory({ limit, cursor }: ListInput, { id: userId }: Caller): Promise<LikeEventPage> {
    const scope = JSON.stringify(['my history', userId]);
    const rows = await this.events.findPage(userId, positionOf(scope, cursor), limit + 1);
    return {
      items: rows.slice(0, limit).map((row) => ({
        propertyId: row.property_id,
        action: row.action,
        at: toUtc(row.at, this.#zone) ?? NO_DATE,
      })),
      page: pageOf(
        scope,
        rows.map((row) => [row.at, row.id]),
        limit,
      ),
    };
  }

  #now(): string {
    return toDatabaseTime(new Date(), this.#zone);
  }
}

function positionOf(scope: string, cursor: string | undefined): Position | null {
  if (cursor === undefined) return null;
  const position = decodeCursor(scope, cursor);
  const [key, id] = position;
  if (id !== null && (key === null || isDatabaseTime(String(key)))) return position;
  throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
}

function pageOf(scope: string, positions: readonly Position[], limit: number): PageInfo {
  const last = positions.length > limit ? positions[limit - 1] : undefined;
  return { limit, nextCursor: last ? encodeCursor(scope, last) : null };
}
