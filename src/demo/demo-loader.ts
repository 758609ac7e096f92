import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Passwords } from '../accounts/passwords.js';
import { Config } from '../config/config.js';
import { toDatabaseTime, toUtc } from '../database/time.js';
import { inTransaction } from '../database/transaction.js';
import { ListingsService } from '../properties/write/listings.service.js';
import { demoLikes, type DemoLike } from './demo-likes.js';
import { demoListings } from './demo-listings.js';
import { DEMO_ACCOUNTS, demoUsernames } from './demo-users.js';
import { DemoRepository } from './demo.repository.js';

const PROPERTY_COUNT = 3_000;
const USER_COUNT = 600;

/** Every twelfth listing had a higher price, by 2 to 13 per cent. */
function withEarlierPrice<Priced extends { price?: number | null }>(listing: Priced, i: number): Priced {
  return i % 12 === 7 && listing.price
    ? { ...listing, price: Math.round(listing.price * (1.02 + (i % 11) / 100)) }
    : listing;
}

/** Loads demo users, properties and likes of one year into an empty database. */
@Injectable()
export class DemoLoader {
  constructor(
    private readonly em: EntityManager,
    private readonly repository: DemoRepository,
    private readonly passwords: Passwords,
    private readonly listings: ListingsService,
    private readonly config: Config,
  ) {}

  /**
   * Users, properties, their present prices and likes are one transaction each. After an interruption, the next call loads the rest.
   * @param now the end of the histories
   * @returns one sentence for each kind of data that was loaded
   */
  async load(now: Date): Promise<string[]> {
    const sentences: string[] = [];
    const names = demoUsernames(USER_COUNT);
    const hasNoUsers = await this.repository.isEmpty('auth_user');
    // A database with other users is not for demo data, even when it has no properties.
    const isForDemo = hasNoUsers || (await this.repository.findUsers(names)).length === USER_COUNT;
    if (isForDemo && (await this.repository.isEmpty('property'))) {
      if (hasNoUsers) await this.#addUsers(names, now);
      const demo = [...demoListings({ count: PROPERTY_COUNT, now })];
      const listings = demo.map((listing) => ({ ...listing, createdAt: listing.history[0]?.at }));
      await this.listings.save(listings.map(withEarlierPrice));
      await this.listings.save(listings);
      sentences.push(`Loaded ${PROPERTY_COUNT} demo properties into the empty database.`);
    }
    const userIds = (await this.repository.findUsers(names)).map(({ id }) => id);
    const hasNoLikes =
      (await this.repository.isEmpty('like_event')) && (await this.repository.isEmpty('property_likes'));
    if (userIds.length === USER_COUNT && hasNoLikes) {
      const visible = await this.repository.findVisibleProperties();
      const properties = visible.map((row) => ({
        id: row.id,
        since: new Date(toUtc(row.since, this.config.database.timezone) ?? now),
      }));
      const likes = demoLikes(properties, userIds, now);
      await this.#addLikes(likes);
      sentences.push(`Loaded ${likes.length} likes of ${USER_COUNT} users.`);
    }
    return sentences;
  }

  /** The demo accounts that this database has. */
  async findAccounts(): Promise<(typeof DEMO_ACCOUNTS)[number][]> {
    const users = await this.repository.findUsers(DEMO_ACCOUNTS.map(({ username }) => username));
    const emails = new Map(users.map(({ username, email }) => [username, email]));
    return DEMO_ACCOUNTS.filter(({ username, email }) => emails.get(username) === email);
  }

  /** @param usernames of users who cannot sign in */
  async #addUsers(usernames: readonly string[], now: Date): Promise<void> {
    const hashes = await Promise.all(DEMO_ACCOUNTS.map(({ password }) => this.passwords.hash(password)));
    const toRow = (username: string, password: string, isStaff: boolean) => ({
      username,
      email: `${username}@example.com`,
      password,
      first_name: '',
      last_name: '',
      is_superuser: false,
      is_staff: isStaff,
      is_active: true,
      last_login: null,
      date_joined: this.#naive(now),
    });
    await inTransaction(this.em, () =>
      this.repository.insert('auth_user', [
        ...DEMO_ACCOUNTS.map(({ username, isStaff }, i) => toRow(username, hashes[i]!, isStaff)),
        // '!' is Django's mark of an unusable password.
        ...usernames.map((username) => toRow(username, '!', false)),
      ]),
    );
  }

  /** @param likes at most one per property and user */
  async #addLikes(likes: readonly DemoLike[]): Promise<void> {
    const rows = likes
      .filter(({ unlikedAt }) => unlikedAt === null)
      .toSorted((a, b) => a.likedAt.getTime() - b.likedAt.getTime())
      .map(({ propertyId, userId, likedAt }) => ({
        property_id: propertyId,
        user_id: userId,
        created_at: this.#naive(likedAt),
      }));
    const events = likes
      .flatMap(({ likedAt, unlikedAt, ...pair }) => [
        { ...pair, action: 'liked' as const, time: likedAt },
        ...(unlikedAt ? [{ ...pair, action: 'unliked' as const, time: unlikedAt }] : []),
      ])
      .toSorted((a, b) => a.time.getTime() - b.time.getTime())
      .map(({ propertyId, userId, action, time }) => ({
        property_id: propertyId,
        user_id: userId,
        action,
        at: this.#naive(time),
      }));
    await inTransaction(this.em, async () => {
      await this.repository.insert('property_likes', rows);
      await this.repository.insert('like_event', events);
    });
  }

  #naive(time: Date): string {
    return toDatabaseTime(time, this.config.database.timezone);
  }
}
