import { beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LegacySync } from '../../src/legacy-sync/legacy-sync.js';
import { ListingsService } from '../../src/properties/write/listings.service.js';
import { ask, persist } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { patch, useStaff } from '../support/staff.js';
import { app, connect, database } from '../support/suite.js';
import type { TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

useStaff();

interface Change {
  row: number;
  price: number;
  currency: string | null;
}
const changes = fc.array(
  fc.record<Change>({
    row: fc.nat(2),
    price: fc.integer({ min: 0, max: 3 }),
    currency: fc.constantFrom(null, null, 'COP', 'USD'),
  }),
  { minLength: 1, maxLength: 12 },
);

let program: TestDatabase;
let sync: LegacySync;

beforeAll(async () => {
  program = await connect();
  sync = await app.resolve(LegacySync);
  await sync.start();
  // A trigger records each price that the service saw: the search row follows it, without the code of the log.
  await database.run(
    'create table seen (id int auto_increment primary key, property_id int, price bigint, currency char(3))',
  );
  await database.run(`create trigger seen_update after update on property_search for each row
    insert into seen (property_id, price, currency) select new.property_id, new.price, coalesce(new.currency, 'COP') from dual
    where not (new.price <=> old.price and new.currency <=> old.currency)`);
});

const isFollowed = async (): Promise<boolean> => {
  // The sweep finds a change of the same millisecond as one of the service.
  await sync.step({ sweeps: true, late: true });
  const [behind] = await program.run<{ count: number }>(
    `select count(*) as count from property p left join property_search s on s.property_id = p.id
      and s.seen_at <=> p.updated_at and s.price <=> nullif(p.price, 0) where s.property_id is null`,
  );
  return behind!.count === 0;
};

/** On a busy machine, a writer may wait too long for a lock: its transaction has changed nothing. */
const untilDone = (work: () => Promise<unknown>): Promise<void> =>
  until(() =>
    work().then(
      () => true,
      () => false,
    ),
  );

it('has each price that the service saw, in order, never one twice in a row, while three kinds of writers change it', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(changes, changes, changes, async (byStaff, byImport, byProgram) => {
      run++;
      const refOf = (row: number) => `log:${run}:${row}`;
      const ids = await addProperties(
        database,
        [0, 1, 2].map((row) => ({ external_ref: refOf(row), price: row })),
      );
      await database.run('truncate seen');
      const staffAnswers: { id: number; price: number | null }[] = [];
      await Promise.all([
        (async () => {
          for (const { row, price, currency } of byStaff) {
            const { status, body } = await persist(() =>
              patch(ids[row]!, { price: price || null, ...(currency && { currency }) }),
            );
            expect(status).toBe(200);
            staffAnswers.push(body);
          }
        })(),
        (async () => {
          for (const { row, price, currency } of byImport)
            await untilDone(() =>
              app
                .get(ListingsService)
                .save([
                  { externalRef: refOf(row), city: 'Cali', address: 'Calle 1', price, currency, history: [] },
                ]),
            );
        })(),
        (async () => {
          for (const { row, price } of byProgram) {
            await untilDone(() =>
              program.run('update property set price = ? where id = ?', [price, ids[row]]),
            );
            await sync.step({ sweeps: false, late: true });
          }
        })(),
      ]);
      await until(isFollowed);
      for (const [row, id] of ids.entries()) {
        const seen = await database.run<{ price: number | null; currency: string }>(
          'select price, currency from seen where property_id = ? order by id',
          [id],
        );
        const all = [{ price: row || null, currency: 'COP' }, ...seen];
        const { items } = (await ask(app, `/v1/properties/${id}/price-history`)).body as {
          items: { price: number | null; currency: string; at: string; since: boolean }[];
        };
        const logged = items.toReversed();
        expect(logged.map(({ price, currency }) => ({ price, currency }))).toEqual(all);
        expect(logged.map(({ at }) => at)).toEqual(logged.map(({ at }) => at).toSorted());
        for (const [i, one] of all.slice(1).entries()) expect(one).not.toEqual(all[i]);
        const { body } = await ask(app, `/v1/properties/${id}`);
        const [last, before] = items;
        expect(body).toMatchObject({
          price: last!.price,
          currency: last!.currency,
          priceChangedAt: before ? last!.at : null,
          previousPrice: before?.currency === last!.currency ? before.price : null,
        });
        for (const answer of staffAnswers.filter((one) => one.id === id))
          expect(logged.map(({ price }) => price)).toContain(answer.price);
      }
    }),
    { numRuns: 5 },
  );
});
