import { beforeAll, beforeEach } from '@jest/globals';
import { LegacySync, type StepReport } from '../../src/legacy-sync/legacy-sync.js';
import { addUsers, signIn } from './accounts.js';
import { ask } from './client.js';
import type { TestDatabase } from './database.js';
import { app, connect, database, useApp } from './suite.js';

/** From `useLegacySync`: the sync under test, a user, and the connection of another program. */
export let sync: LegacySync;
export let userId: number;
export let headers: { authorization: string };
export let other: TestDatabase;

/** Starts the app of the test file. Each test begins with a sync that has read everything. */
export function useLegacySync(): void {
  useApp();
  beforeAll(async () => {
    other = await connect();
    [userId] = (await addUsers(database, ['ana'])) as [number];
    headers = await signIn(app, 'ana');
    await restartSync();
  });
  beforeEach(async () => {
    await other.run('rollback');
    await restartSync();
    await followAll();
  });
}

export async function restartSync(): Promise<void> {
  sync = await app.resolve(LegacySync);
  await sync.start();
}
export const followAll = (): Promise<StepReport> => sync.step({ sweeps: false, late: true });

export const shown = async (id: number) => (await ask(app, `/v1/properties/${id}`)).body;
const history = async () =>
  (await ask(app, '/v1/me/likes/history?limit=100', { headers })).body.items as {
    propertyId: number;
    action: string;
  }[];
export const actions = async (id: number) =>
  (await history()).filter(({ propertyId }) => propertyId === id).map(({ action }) => action);
