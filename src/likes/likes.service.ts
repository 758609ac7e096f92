import { Injectable } from '@nestjs/common';
import { TokenRefused } from '../accounts/account.errors.js';
import type { Caller } from '../accounts/caller-cache.js';
import { Config } from '../config/config.js';
import { isDatabaseTime, NO_DATE, toDatabaseTime, toUtc } from '../database/time.js';
import { Cursors, type Position } from '../http/cursors.js';
import type { PageInfo } from '../http/pagination.js';
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
  MyLikesInput,
} from './dto/likes.dto.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeLimits } from './like-limits.js';
import { LikeWriter } from './like-writer.js';
import { LikeRepository } from './like.repository.js';

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
    private readonly likes: LikeRepository,
    private readonly writer: LikeWriter,
    private readonly limits: LikeLimits,
    private readonly events: LikeEventRepository,
    private readonly properties: PropertiesService,
    private readonly cursors: Cursors,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * Liking a liked property changes nothing.
   * @returns `isNew` is true for at most one of several equal requests
   * @throws PropertyNotFound also when the property is hidden
   * @throws TokenRefused when the user is no longer active
   * @throws TooManyLikes (429)
   */
  async like(propertyId: number, userId: number): Promise<LikeResult> {
    const { result, isShared } = await this.#requests.run(`${propertyId} ${userId}`, 'like', () =>
      this.#like(propertyId, userId),
    );
    return isShared ? { ...result, isNew: false } : result;
  }

  async #like(propertyId: number, userId: number): Promise<LikeResult> {
    const now = this.#now();
    const result = await this.limits.run(
      propertyId,
      userId,
      () => this.writer.add(propertyId, userId, now),
      ({ outcome }) => outcome === 'added',
    );
    if (result.outcome === 'inactive') throw new TokenRefused();
    if (result.outcome === 'hidden') throw new PropertyNotFound();
    const likedAt = toUtc(result.outcome === 'standing' ? result.likedAt : now, this.#zone) ?? NO_DATE;
    return { like: { propertyId, liked: true, likedAt }, isNew: result.outcome === 'added' };
  }

  /**
   * Unliking an unliked property changes nothing. The call succeeds for every id, because another answer would tell which hidden
   * properties exist.
   * @throws TokenRefused when the user is no longer active
   * @throws TooManyLikes (429)
   */
  async unlike(propertyId: number, userId: number): Promise<void> {
    await this.#requests.run(`${propertyId} ${userId}`, 'unlike', () => this.#unlike(propertyId, userId));
  }

  async #unlike(propertyId: number, userId: number): Promise<void> {
    const outcome = await this.limits.run(
      propertyId,
      userId,
      () => this.writer.remove(propertyId, userId, this.#now()),
      (outcome) => outcome === 'removed',
    );
    if (outcome === 'inactive') throw new TokenRefused();
  }

  /** @throws PropertyNotFound also when the property is hidden */
  async count(propertyId: number, caller: Caller | null): Promise<LikeCountDto> {
    await this.properties.requireVisible(propertyId);
    const { count, mine } = await this.likes.countOf(propertyId, caller?.id ?? null);
    return { propertyId, count, likedByMe: caller && mine === 1 };
  }

  async listMine(input: MyLikesInput, caller: Caller): Promise<LikedPropertyPage> {
    const { limit, cursor } = input;
    const { id: userId } = caller;
    const scope = JSON.stringify(['my likes', userId]);
    const rows = await this.likes.findPage(userId, this.#positionOf(scope, cursor), limit + 1);
    const properties = await this.properties.findVisibleByIds(
      rows.slice(0, limit).map((row) => row.property_id),
      input,
      caller,
    );
    return {
      items: rows.slice(0, limit).map((row) => ({
        likedAt: toUtc(row.created_at, this.#zone) ?? NO_DATE,
        propertyId: row.property_id,
        property: properties.get(row.property_id) ?? null,
      })),
      page: this.#pageOf(
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
    const rows = await this.events.findPage(userId, this.#positionOf(scope, cursor), limit + 1);
    return {
      items: rows.slice(0, limit).map((row) => ({
        propertyId: row.property_id,
        action: row.action,
        at: toUtc(row.at, this.#zone) ?? NO_DATE,
      })),
      page: this.#pageOf(
        scope,
        rows.map((row) => [row.at, row.id]),
        limit,
      ),
    };
  }

  #now(): string {
    return toDatabaseTime(new Date(), this.#zone);
  }

  #positionOf(scope: string, cursor: string | undefined): Position | null {
    if (cursor === undefined) return null;
    const position = this.cursors.decode(scope, cursor);
    const [key, id] = position;
    if (id !== null && (key === null || isDatabaseTime(String(key)))) return position;
    throw new InvalidParameters([{ field: 'cursor', message: 'is not a cursor of this list' }]);
  }

  #pageOf(scope: string, positions: readonly Position[], limit: number): PageInfo {
    const last = positions.length > limit ? positions[limit - 1] : undefined;
    return { limit, nextCursor: last ? this.cursors.encode(scope, last) : null };
  }
}
