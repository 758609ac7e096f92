import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../../src/config/config.js';
import { startApp, type StartOptions } from './app.js';
import { type DatabaseOptions, TestDatabase } from './database.js';

interface AppOptions extends StartOptions {
  settings?: Partial<Config>;
  /** Runs before the app starts. */
  prepare?: () => Promise<unknown>;
}

/** The private database of the test file, from `useDatabase` or `useApp`. */
export let database: TestDatabase;
/** The app of the test file, from `useApp`. */
export let app: NestFastifyApplication;

const cleanups: (() => unknown)[] = [];

/** Runs `cleanup` after the last test of the file and before the database is dropped. The last one registered runs first. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.unshift(cleanup);
}

/** Creates `database` before the first test, and drops it after the last one. */
export function useDatabase(options?: DatabaseOptions): void {
  beforeAll(async () => {
    database = await TestDatabase.create(options);
  });
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
    await database?.drop();
  });
}

/** Creates `database` and starts `app` on it before the first test; closes and drops them after the last one. */
export function useApp({ settings, prepare, ...options }: AppOptions = {}): void {
  useDatabase();
  beforeAll(async () => {
    await prepare?.();
    app = await startApp({ ...database.config, ...settings }, options);
    atEnd(() => app.close());
  });
}

/** Opens one more connection to `database`, for the whole file. */
export async function connect(): Promise<TestDatabase> {
  const connection = await TestDatabase.connect(database.config);
  atEnd(() => connection.close());
  return connection;
}

/** Returns a function that creates databases. Each is dropped after the test that created it. */
export function useDatabases(): typeof TestDatabase.create {
  const databases: TestDatabase[] = [];
  afterEach(async () => {
    for (const each of databases.splice(0)) await each.drop();
  });
  return async (options) => {
    const created = await TestDatabase.create(options);
    databases.push(created);
    return created;
  };
}
