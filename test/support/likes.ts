import { expect } from '@jest/globals';
import type { TestDatabase } from './database.js';

/** Expects the standing likes to equal the last like event of each pair, and the like events of a pair to alternate. */
export async function expectConsistentLikes(database: TestDatabase): Promise<void> {
  const events = await database.run<{ pair: string; action: string }>(
    "select concat(property_id, ' ', user_id) as pair, action from like_event order by id",
  );
  const last = new Map<string, string>();
  for (const { pair, action } of events) {
    if (last.get(pair) === action || (action === 'unliked' && !last.has(pair)))
      throw new Error(`${pair} was ${action} twice`);
    last.set(pair, action);
  }
  const folded = [...last].filter(([, action]) => action === 'liked').map(([pair]) => pair);
  const standing = await database.run<{ pair: string }>(
    "select concat(property_id, ' ', user_id) as pair from property_likes",
  );
  expect(standing.map(({ pair }) => pair).toSorted()).toEqual(folded.toSorted());
}
