import { EntityManager } from '@mikro-orm/mysql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Status } from '../../src/properties/model/status.entity.js';
import { startApp } from '../support/app.js';
import { TestDatabase } from '../support/database.js';

let database: TestDatabase;
let app: NestFastifyApplication;

beforeAll(async () => {
  database = await TestDatabase.create();
  app = await startApp(database.config);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

describe('the EntityManager that Nest injects', () => {
  it('refuses to load entities: all requests would share one identity map', async () => {
    await expect(app.get(EntityManager).find(Status, {})).rejects.toThrow(/global EntityManager/);
  });

  it('gives a fork that loads entities', async () => {
    expect(await app.get(EntityManager).fork().find(Status, {})).not.toEqual([]);
  });
});
