import type { AccountsService } from '../accounts/accounts.service.js';
import type { LikesService } from '../likes/likes.service.js';
import type { ListingsService } from '../properties/write/listings.service.js';
import type { PropertiesService } from '../properties/read/properties.service.js';
import { demoLikes, type LikeableProperty } from './demo-likes.js';
import { demoListings } from './demo-listings.js';
import { DEMO_ACCOUNTS, demoUsernames } from './demo-users.js';

const PROPERTY_COUNT = 3_000;
const USER_COUNT = 600;
const PAGE_SIZE = 100;

interface Services {
  accounts: AccountsService;
  listings: ListingsService;
  properties: PropertiesService;
  likes: LikesService;
}

/**
 * Loads demo users, properties and likes of one year into an empty database. Each of the three is one transaction. After
 * an interruption, the next call loads the rest.
 * @param now the end of the histories
 * @returns one sentence for each kind of data that was loaded
 */
export async function loadDemo(
  { accounts, listings, properties, likes }: Services,
  now: Date,
): Promise<string[]> {
  const sentences: string[] = [];
  const names = demoUsernames(USER_COUNT);
  // A database with other users is not for demo data, even when it has no properties.
  const isForDemo = (await accounts.isEmpty()) || (await accounts.idsOf(names)).length === USER_COUNT;
  if (isForDemo && (await listings.isEmpty())) {
    if (await accounts.isEmpty()) await accounts.addDemo(DEMO_ACCOUNTS, names);
    const demo = [...demoListings({ count: PROPERTY_COUNT, now })];
    await listings.save(demo.map((listing) => ({ ...listing, createdAt: listing.history[0]?.at })));
    sentences.push(`Loaded ${PROPERTY_COUNT} demo properties into the empty database.`);
  }
  const userIds = await accounts.idsOf(names);
  if (userIds.length === USER_COUNT && (await likes.isEmpty())) {
    const made = demoLikes(await findAllVisible(properties, now), userIds, now);
    await likes.load(made);
    sentences.push(`Loaded ${made.length} likes of ${USER_COUNT} users.`);
  }
  return sentences;
}

/** The visible properties, newest status first. */
async function findAllVisible(properties: PropertiesService, now: Date): Promise<LikeableProperty[]> {
  const visible: LikeableProperty[] = [];
  let cursor: string | undefined;
  do {
    const input = { sort: 'newest', count: false, includeHidden: false, limit: PAGE_SIZE, cursor } as const;
    const { items, page } = await properties.listProperties(input, null);
    visible.push(...items.map(({ id, statusSince }) => ({ id, since: new Date(statusSince ?? now) })));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return visible;
}
