import { beforeAll } from '@jest/globals';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { addUsers, signIn } from './accounts.js';
import { ask } from './client.js';
import { addLikes, naive, type RankedItem } from './ranking.js';
import { app, database, useApp } from './suite.js';

type Headers = { authorization: string };

const USER_COUNT = 40;
export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;

/** From `useRanking`: two callers, and the users whose likes a test adds. */
export let staff: Headers;
export let ana: Headers;
export let userIds: number[];

/** Starts the app of the test file with its users. */
export function useRanking(): void {
  useApp();
  beforeAll(async () => {
    userIds = await addUsers(
      database,
      Array.from({ length: USER_COUNT }, (_, i) => `user-${i}`),
    );
    await addUsers(database, ['ana']);
    await addUsers(database, ['sonia'], { isStaff: true });
    [staff, ana] = [await signIn(app, 'sonia'), await signIn(app, 'ana')];
  });
}

/** Adds one like per age (milliseconds before `now`), each by a different user. */
export async function like(propertyId: number, ages: readonly number[], now = Date.now()): Promise<void> {
  await addLikes(
    database,
    ages.map((age, i) => ({ propertyId, userId: userIds[i]!, at: naive(now - age) })),
  );
}
export async function unlike(propertyId: number, userId: number): Promise<void> {
  await database.run('delete from property_likes where property_id = ? and user_id = ?', [
    propertyId,
    userId,
  ]);
  await database.run(
    "insert into like_event (property_id, user_id, action, at) values (?, ?, 'unliked', ?)",
    [propertyId, userId, naive(Date.now())],
  );
}
export const rank = (query: string, headers: Record<string, string> = staff) =>
  ask(app, `/v1/ranking/properties?${query}`, { headers });
export const explain = (id: number, query = '') =>
  ask(app, `/v1/ranking/properties/${id}?${query}`, { headers: staff });
/** A staff token issued at the time of the test clock. */
export const staffNow = async (): Promise<Headers> => {
  const [sonia] = await database.run<{ id: number }>("select id from auth_user where username = 'sonia'");
  return { authorization: `Bearer ${app.get(AccessTokens).issue(sonia!.id)}` };
};
export const idsOf = (items: readonly RankedItem[]): number[] => items.map(({ property }) => property.id);

/** Each test uses its own city, which keeps the properties of other tests out of its lists. */
let cities = 0;
export const newCity = (): string => `Ciudad ${String.fromCodePoint(65 + (cities % 26))}${cities++}`;
