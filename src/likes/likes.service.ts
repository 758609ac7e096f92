import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { TokenRefused } from '../accounts/account.errors.js';
import { type Caller, KnownUsers } from '../accounts/known-users.js';
import { Config } from '../config/config.js';
import { isDatabaseTime, NO_DATE, toDatabaseTime, toUtc } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { decodeCursor, encodeCursor, type PageInfo, type Position } from '../http/pagination.js';
import { InvalidParameters } from '../http/problem.js';
import { PropertiesService } from '../properties/properties.service.js';
import { PropertyNotFound } from '../properties/property.errors.js';
import { Coalescer } from './coalescer.js';
import type {
  LikeCountDto,
  LikeDto,
  LikedPropertyPage,
  LikeEventPage,
  LikeLookupDto,
  ListInput,
} from './dto/likes.dto.js';
import { LikeEvent } from './like-event.entity.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeRepository } from './like.repository.js';
import { PropertyLike } from './property-like.entity.js';

/** A like, and maybe when it was taken back. */
export interface PastLike {
  propertyId: number;
  userId: number;
  likedAt: Date;
  takenBackAt: Date | null;
}

/** A like that stands, and whether this request made it. */
interface NewLike {
  like: LikeDto;
  isNew: boolean;
}

/** Who likes what. A like and the fact that it was made are one transaction, and so is taking it back. */
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
    private readonly users: KnownUsers,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * Liking a liked property changes nothing.
   * @returns `isNew` is true for one of several equal requests at most
   * @throws PropertyNotFound also when the property is hidden
   * @throws TokenRefused when the user is not active any more
   */
  async like(propertyId: number, userId: number): Promise<NewLike> {
    const { result, isShared } = await this.#requests.run(`${propertyId} ${userId}`, 'like', () =>
      this.#like(propertyId, userId),
    );
    return isShared ? { ...result, isNew: false } : result;
  }

  async #like(propertyId: number, userId: number): Promise<NewLike> {
    // A read first: a like that stands is answered without the user's write lock.
    const standing = await this.likes.findStanding(propertyId, userId);
    if (standing) return this.#newLike(propertyId, standing.created_at, false);
    const now = this.#now();
    const done = await inTransaction(this.em, async (em) => {
      const likes = em.getRepository(PropertyLike);
      const outcome = await likes.add(propertyId, userId, now);
      if (outcome === 'refused') return null;
      if (outcome === 'standing') return { at: await likes.findTime(propertyId, userId), isNew: false };
      return { at: now, isNew: true };
    });
    if (!done) {
      await this.users.requireNow(userId);
      throw new PropertyNotFound();
    }
    return this.#newLike(propertyId, done.at, done.isNew);
  }

  #newLike(propertyId: number, at: string | null, isNew: boolean): NewLike {
    return { like: { propertyId, liked: true, likedAt: toUtc(at, this.#zone) ?? NO_DATE }, isNew };
  }

  /**
   * Unliking what is not liked changes nothing. It succeeds for every id: another answer would tell which hidden
   * properties exist.
   * @throws TokenRefused when the user is not active any more
   */
  async unlike(propertyId: number, userId: number): Promise<void> {
    await this.#requests.run(`${propertyId} ${userId}`, 'unlike', () => this.#unlike(propertyId, userId));
  }

  async #unlike(propertyId: number, userId: number): Promise<void> {
    const state = await this.likes.findState(propertyId, userId);
    if (!state.isActive) throw new TokenRefused();
    if (!state.isLiked) return;
    const now = this.#now();
    const outcome = await inTransaction(this.em, (em) =>
      em.getRepository(PropertyLike).remove(propertyId, userId, now),
    );
    if (outcome === 'refused') throw new TokenRefused();
  }

  /** @throws PropertyNotFound also when it is hidden */
  async count(propertyId: number, caller: Caller | null): Promise<LikeCountDto> {
    await this.properties.requireVisible(propertyId);
    const { count, mine } = await this.likes.countOf(propertyId, caller?.id ?? null);
    return { propertyId, count, likedByMe: caller && mine === 1 };
  }

  async listMine({ limit, cursor }: ListInput, { id: userId }: Caller): Promise<LikedPropertyPage> {
    const scope = JSON.stringify(['my likes', userId]);
    const rows = await this.likes.findPage(userId, positionOf(scope, cursor), limit + 1);
    const homes = await this.properties.findVisible(rows.slice(0, limit).map((row) => row.property_id));
    return {
      items: rows.slice(0, limit).map((row) => ({
        likedAt: toUtc(row.created_at, this.#zone) ?? NO_DATE,
        propertyId: row.property_id,
        property: homes.get(row.property_id) ?? null,
      })),
      page: pageOf(
        scope,
        rows.map((row) => [row.created_at, row.id]),
        limit,
      ),
    };
  }

  async lookUp(propertyIds: readonly number[], { id: userId }: Caller): Promise<LikeLookupDto> {
    return { liked: await this.likes.findLiked(userId, propertyIds) };
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

  /** Whether nobody ever liked anything. */
  isEmpty(): Promise<boolean> {
    return this.likes.isEmpty();
  }

  /**
   * Writes likes of the past, all or none, with their facts in the order of time.
   * @param past of different pairs
   */
  async load(past: readonly PastLike[]): Promise<void> {
    const at = (time: Date): string => toDatabaseTime(time, this.#zone);
    const standing = past
      .filter(({ takenBackAt }) => takenBackAt === null)
      .map(({ propertyId, userId, likedAt }) => ({
        property_id: propertyId,
        user_id: userId,
        created_at: at(likedAt),
      }))
      .toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1));
    const facts = past
      .flatMap(({ propertyId, userId, likedAt, takenBackAt }) => [
        { property_id: propertyId, user_id: userId, action: 'liked' as const, at: at(likedAt) },
        ...(takenBackAt
          ? [{ property_id: propertyId, user_id: userId, action: 'unliked' as const, at: at(takenBackAt) }]
          : []),
      ])
      .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    await inTransaction(this.em, async (em) => {
      await em.getRepository(PropertyLike).addAll(standing);
      await em.getRepository(LikeEvent).recordAll(facts);
    });
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
