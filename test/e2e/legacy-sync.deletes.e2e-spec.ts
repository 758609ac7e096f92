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

describe('the sweep of the legacy sync', () => {
  beforeAll(sweepAll);
  async function sweepAll(): Promise<number> {
    let swept = 0;
    // 20 steps pass over all properties and all cities twice.
    for (let i = 0; i < 20; i++) swept += (await sync.step({ sweeps: true })).swept;
    return swept;
  }

  it('records the unlike of a deleted like; the count is right at once', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    expect((await ask(app, `/v1/properties/${id}/likes`)).body).toMatchObject({ count: 0 });
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
    expect(await sweepAll()).toBe(0);
  });

  it('records the unlikes of a deleted user', async () => {
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

  it('records the unlike of a deleted like while its property is locked', async () => {
    const id = await addProperty(database);
    await ask(app, `/v1/properties/${id}/like`, { method: 'PUT', headers });
    await other.run('delete from property_likes where property_id = ?', [id]);
    await other.run('begin');
    await other.run('update property set price = 84 where id = ?', [id]);
    expect(await sweepAll()).toBe(1);
    expect(await actions(id)).toEqual(['unliked', 'liked']);
  });

  it('records the unlike later while the user holds the write lock', async () => {
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

  it('corrects the counts after a property was deleted; the property is gone at once', async () => {
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

  it('waits at a locked property before it continues', async () => {
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
    // Step until the sweep stops at the locked property.
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

  it('finds that the newest row of a history was deleted', async () => {
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
