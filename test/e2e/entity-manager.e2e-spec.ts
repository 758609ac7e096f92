import { EntityManager } from '@mikro-orm/mysql';
import { describe, expect, it } from '@jest/globals';
import { Status } from '../../src/properties/model/status.entity.js';
import { app, useApp } from '../support/suite.js';

useApp();

describe('the EntityManager that Nest injects', () => {
  it('refuses to load entities: all requests would share one identity map', async () => {
    await expect(app.get(EntityManager).find(Status, {})).rejects.toThrow(/global EntityManager/);
  });

  it('gives a fork that loads entities', async () => {
    expect(await app.get(EntityManager).fork().find(Status, {})).not.toEqual([]);
  });
});
