import type { AccountsService } from '../accounts/accounts.service.js';
import type { LikesService } from '../likes/likes.service.js';
import type { ListingsService } from '../properties/write/listings.service.js';
import type { PropertiesService } from '../properties/read/properties.service.js';
import { demoLikes } from './demo-likes.js';
import { demoListings } from './demo-listings.js';
import { DEMO_ACCOUNTS, demoUsernames } from './demo-people.js';

const HOMES = 3_000;
const PEOPLE = 600;

interface Into {
  accounts: AccountsService;
  listings: ListingsService;
  properties: PropertiesService;
  likes: LikesService;
}

/**
 * Brings demo homes, people and a year of likes into an empty database. Each of the three is there as a whole or not at
 * all: what was interrupted is completed the next time.
 * @param now the moment that the histories lead up to
 * @returns what was loaded, a sentence each
 */
export async function loadDemo(
  { accounts, listings, properties, likes }: Into,
  now: Date,
): Promise<string[]> {
  const done: string[] = [];
  const names = demoUsernames(PEOPLE);
  const isOurs = (await accounts.isEmpty()) || (await accounts.idsOf(names)).length === PEOPLE;
  // Homes that are missing where there are real people are missing for a reason.
  if (isOurs && (await listings.isEmpty())) {
    if (await accounts.isEmpty()) await accounts.addDemo(DEMO_ACCOUNTS, names);
    const homes = [...demoListings({ count: HOMES, now })];
    await listings.save(homes.map((home) => ({ ...home, createdAt: home.history[0]?.at })));
    done.push(`Loaded ${HOMES} demo homes into the empty database.`);
  }
  const people = await accounts.idsOf(names);
  if (people.length === PEOPLE && (await likes.isEmpty())) {
    const homes: { id: number; since: Date }[] = [];
    for (let cursor: string | undefined, end = false; !end;) {
      const input = { sort: 'newest', count: false, includeHidden: false, limit: 100, cursor } as const;
      const { items, page } = await properties.listProperties(input, null);
      homes.push(...items.map(({ id, statusSince }) => ({ id, since: new Date(statusSince ?? now) })));
      cursor = page.nextCursor ?? undefined;
      end = cursor === undefined;
    }
    const made = demoLikes(homes, people, now);
    await likes.load(made);
    done.push(`Loaded ${made.length} likes of ${PEOPLE} people.`);
  }
  return done;
}
