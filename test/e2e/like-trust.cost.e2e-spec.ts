import { beforeAll, expect, it } from '@jest/globals';
import { GROUP_SECONDS, MAX_RECENT_LIKES } from '../../src/ranking/model/trust-rules.js';
import type { LikeEventRow } from '../../src/ranking/worker/change-feed.js';
import { MAX_EVENTS_READ, TrustEvidence } from '../../src/ranking/worker/trust-evidence.js';
import { addUsers } from '../support/accounts.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { naive } from '../support/ranking.js';
import { atEnd, database, useDatabase } from '../support/suite.js';

const START = Date.parse('2026-05-01T12:00:00Z') / 1_000;
const EVENTS = 900;

useDatabase();

/** Its only connection runs the statements of the rules, so the server counts what they read. */
let own: TestDatabase;
let events: LikeEventRow[];

beforeAll(async () => {
  own = await TestDatabase.connect(database.config);
  atEnd(() => own.close());
  const users = await addUsers(database, ['busy', 'calm']);
  const properties = await addProperties(
    database,
    Array.from({ length: 40 }, () => ({})),
  );
  events = Array.from({ length: EVENTS }, (_, i): LikeEventRow => {
    const user = i % 30 === 7 ? 1 : 0;
    // Several in one second, and some that another program wrote later with an earlier time.
    const at = START + Math.floor(i / 3) * 20 - (i % 100 === 50 ? 4_000 : 0);
    return {
      id: i + 1,
      property_id: properties[(i * 7) % properties.length]!,
      user_id: users[user]!,
      action: i % 5 === 4 ? 'unliked' : 'liked',
      at,
      day: 0,
    };
  });
  await database.run(
    `insert into like_event (id, property_id, user_id, action, at) values ${events.map(() => '(?, ?, ?, ?, ?)').join()}`,
    events.flatMap(({ id, property_id, user_id, action, at }) => [
      id,
      property_id,
      user_id,
      action,
      naive(at * 1_000),
    ]),
  );
});

/** Computes the verdicts that the rules promise, from all events. */
function expected(event: LikeEventRow): number[] {
  const before = events
    .filter(({ user_id, id, at }) => user_id === event.user_id && id <= event.id && at <= event.at)
    .toSorted((a, b) => b.at - a.at || b.id - a.id);
  const after = Math.max(event.at - GROUP_SECONDS, before[MAX_EVENTS_READ]?.at ?? -Infinity);
  return before
    .filter(({ action, at }) => action === 'liked' && at > after)
    .slice(0, MAX_RECENT_LIKES)
    .map(({ property_id }) => property_id);
}

async function rowsRead(): Promise<number> {
  const rows = await own.run<{ Value: number }>("show session status like 'Handler_read%'");
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}

it('the likes before many events of one account are read once, not again for each event', async () => {
  const liked = events.filter(({ action }) => action === 'liked');
  const evidence = new TrustEvidence(own.orm.em, own.config);
  const before = await rowsRead();
  const found = await evidence.findRecentLikes(liked);
  expect((await rowsRead()) - before).toBeLessThan(10 * EVENTS);

  for (const event of liked)
    expect([event.id, found.get(event.id)!.map(({ propertyId }) => propertyId)]).toEqual([
      event.id,
      expected(event),
    ]);
});

it('of a property with many likes, only as many are read as make it busy', async () => {
  const ids = [...new Set(events.map((event) => event.property_id))];
  const evidence = new TrustEvidence(own.orm.em, own.config);
  const likesOf = (id: number) =>
    events.filter(({ property_id, action }) => property_id === id && action === 'liked').length;
  for (const count of [3, 18, 19]) {
    const before = await rowsRead();
    const questions = ids.map((propertyId) => ({ propertyId, from: START, to: START + EVENTS * 20 }));
    const found = await evidence.findBusy(questions, count);
    expect((await rowsRead()) - before).toBeLessThan(ids.length * (2 * count + 3));
    expect([count, found]).toEqual([count, ids.map((id) => likesOf(id) >= count)]);
  }
});
