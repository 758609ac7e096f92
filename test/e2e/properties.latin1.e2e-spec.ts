import { describe, expect, it } from '@jest/globals';
import { addProperty } from '../support/factories.js';
import { faultsOf, patch, shown, useStaff } from '../support/staff.js';
import { database } from '../support/suite.js';

useStaff();

describe('a database of an old character set', () => {
  it('422 names the text that it cannot store, and changes nothing', async () => {
    const id = await addProperty(database);
    await database.run('alter table property modify description text character set latin1');
    const answer = await patch(id, { description: '¡Qué casa! 🏠', year: 1 });
    expect([answer.status, faultsOf(answer)]).toEqual([422, ['description']]);
    expect((await shown(id)).body.year).toBeNull();
    expect((await patch(id, { description: '¡Qué casa!' })).body.description).toBe('¡Qué casa!');
  });
});
