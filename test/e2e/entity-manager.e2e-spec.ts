import { EntityManager } from '@mikro-orm/mysql';
import { describe, expect, it } from '@jest/globals';
import { type NewUser, UserRepository } from '../../src/accounts/user.repository.js';
import { inTransaction } from '../../src/database/transaction.js';
import { Status } from '../../src/properties/model/status.entity.js';
import { PropertyRepository } from '../../src/properties/read/property.repository.js';
import { app, useApp } from '../support/suite.js';

useApp();

const newUser = (username: string): NewUser => ({
  username,
  email: `${username}@example.com`,
  password: '!',
  firstName: '',
  lastName: '',
  isStaff: false,
  isSuperuser: false,
  isActive: true,
  dateJoined: '2026-01-01 00:00:00',
});

describe('the EntityManager that Nest injects', () => {
  it('refuses to load entities: all requests would share one identity map', async () => {
    await expect(app.get(EntityManager).find(Status, {})).rejects.toThrow(/global EntityManager/);
  });

  it('gives a fork that loads entities', async () => {
    expect(await app.get(EntityManager).fork().find(Status, {})).not.toEqual([]);
  });
});

describe('inTransaction', () => {
  const readLabel = async (): Promise<string | undefined> =>
    (await app.get(PropertyRepository, { strict: false }).findStatuses()).find(
      ({ name }) => name === 'vendido',
    )?.label;

  it('gives its transaction to the repositories and the EntityManager, and flushes the entities', async () => {
    const em: EntityManager = app.get(EntityManager);
    await inTransaction(em, async () => {
      const status = await em.findOneOrFail(Status, { name: 'vendido' });
      status.label = 'Entregado';
    });
    expect(await readLabel()).toBe('Entregado');
  });

  it('rolls back what a repository wrote when the work fails', async () => {
    const users = app.get(UserRepository, { strict: false });
    const failing = inTransaction(app.get(EntityManager), async () => {
      await users.register(newUser('ana'), 'ana@example.com');
      expect(await users.findByName('ana')).toBeDefined();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await users.findByName('ana')).toBeUndefined();
  });

  it('hides its uncommitted rows from work outside it that runs at the same time', async () => {
    const users = app.get(UserRepository, { strict: false });
    const isSeen: boolean[] = [];
    let look!: () => void;
    const written = new Promise<void>((resolve) => (look = resolve));
    const outside = written
      .then(() => users.findByName('eva'))
      .then((user) => isSeen.push(user !== undefined));
    await inTransaction(app.get(EntityManager), async () => {
      await users.register(newUser('eva'), 'eva@example.com');
      look();
      await outside;
    });
    expect(isSeen).toEqual([false]);
    expect(await users.findByName('eva')).toBeDefined();
  });
});
