import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperties, addProperty } from '../support/factories.js';
import { until } from '../support/until.js';
import {
  actions,
  followAll,
  headers,
  other,
  shown,
  sync,
  useLegacySync,
  userId,
} from '../support/legacy-sync.js';
import { app, database } from '../support/suite.js';

useLegacySync();

describe('what other programs delete', () => {
  beforeAll(sweepAll);
  async function sweepAll(): Promise<number> {
    let swept = 0;
    // Homes by the hundred and cities one by one: twice around both.
    for (let i = 0; i < 20; i++) swept += (await sync.step({ sweeps: true })).swept;
    return swept;
  }

  it('a like: the count at once, the history by the sweep', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    expect((await ask(app, `/v1/properties/${id}/likes`)).body).toMatchObject({ count: 0 });
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
    expect(await sweepAll()).toBe(0);
  });

  it('a person: what they liked is taken back by the sweep', async () => {
    const id = await addProperty(database);
    const name = `erased-${id}`;
    const [erased] = (await addUsers(database, [name])) as [number];
    const { authorization } = await signIn(app, name);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers: { authorization } });
    await other.run('delete from auth_user where id = ?', [erased]);
    expect((await ask(app, `/v1/properties/${id}/likes`)).body).toMatchObject({ count: 0 });
    expect(await sweepAll()).toBe(1);
    expect(
      await database.run('select action from like_event where property_id = ? order by id', [id]),
    ).toEqual([{ action: 'liked' }, { action: 'unliked' }]);
  });

  it('a like of a home that is locked: also then', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await other.run('begin');
    await other.run('update property set price = 84 where id = ?', [id]);
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
  });

  it('a like of a person who is liking just now: later', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await other.run('begin');
    await other.run('select turn from like_turn where turn = ? for update', [userId % 1_024]);
    expect(await sweepAll()).toBe(0);
    await other.run('commit');
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
  });

  it('a home: it is gone at once, and the counts by the sweep', async () => {
    const [gone] = [
      await addProperty(database, { city: 'Mocoa' }),
      await addProperty(database, { city: 'Mocoa' }),
    ];
    const counted = async () => (await ask(app, '/v1/properties/facets?city=mocoa')).body.total;
    expect(await counted()).toBe(2);
    await other.run('delete from status_history where property_id = ?', [gone]);
    await other.run('delete from property where id = ?', [gone]);
    expect(await shown(gone)).toMatchObject({ status: 404 });
    expect(await sweepAll()).toBe(1);
    expect(await counted()).toBe(1);
  });

  it('what is locked when it comes is looked at again before what comes after', async () => {
    const ids = await addProperties(
      database,
      Array.from({ length: 250 }, () => ({ history: [['vendido', '2026-05-02 10:00:00']] })),
    );
    const locked = ids[120] as number;
    await followAll();
    await database.run('delete from status_history where property_id = ?', [locked]);
    await other.run('begin');
    await other.run('select id from property where id = ? for update', [locked]);
    const sweptTo = async () =>
      (await database.run<{ swept_to: number }>('select swept_to from catch_up_state'))[0]!.swept_to;
    let before = await sweptTo();
    // Until it stays where the home is.
    await until(async () => {
      await sync.step({ sweeps: true });
      const now = await sweptTo();
      const stays = now === before;
      before = now;
      return stays;
    });
    expect(locked - before).toBeGreaterThan(0);
    expect(locked - before).toBeLessThanOrEqual(100);
    await other.run('commit');
    await sync.step({ sweeps: true });
    expect(await shown(locked)).toMatchObject({ status: 404 });
    expect(await sweptTo()).toBeGreaterThan(locked - 1);
  });

  it('the newest row of a history: by the sweep', async () => {
    const id = await addProperty(database, {
      history: [
        ['en_venta', '2026-05-01 10:00:00'],
        ['vendido', '2026-05-02 10:00:00'],
      ],
    });
    await other.run(
      "delete from status_history where property_id = ? and update_date = '2026-05-02 10:00:00'",
      [id],
    );
    await sweepAll();
    expect(await shown(id)).toMatchObject({ availability: 'available' });
  });
});
