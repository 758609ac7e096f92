// TEST_BASE_URL: the tests send their requests to a running service instead of starting their own app (CONTRIBUTING.md). What cannot be
// done from outside throws NeedsOwnApp, and outside-environment.mjs counts the test as skipped.
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import type { Config } from '../../src/config/config.js';
import type { TestDatabase } from './database.js';
import { derive, recount } from './factories.js';

export const BASE_URL = process.env.TEST_BASE_URL;

class NeedsOwnApp extends Error {
  override readonly name = 'NeedsOwnApp';
}

/** Skips the test in a run against a running service. */
export function needsOwnApp(what: string): void {
  if (BASE_URL !== undefined) throw new NeedsOwnApp(`TEST_BASE_URL: ${what}`);
}

/** A proxy has fewer connections than some tests have requests at once. */
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

interface Request {
  method?: string;
  url: string;
  headers?: Record<string, string>;
  payload?: string;
}

async function send({ method = 'GET', url, headers, payload, ...others }: Request) {
  if (Object.keys(others).length > 0) needsOwnApp(Object.keys(others).join(', '));
  const { protocol, hostname, port } = new URL(BASE_URL!);
  // As a browser does, and nothing more: tests send malformed addresses, too.
  const path = url.replaceAll(/[^\x21-\x7e]+/gu, encodeURIComponent);
  // Node.js itself sends no length with a DELETE.
  const length = payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) };
  const sent = request({ agent, protocol, hostname, port, path, method, headers: { ...length, ...headers } });
  sent.end(payload);
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  const rawPayload = await buffer(answer);
  return {
    statusCode: answer.statusCode,
    headers: answer.headers,
    rawPayload,
    payload: rawPayload.toString(),
    body: rawPayload.toString(),
  };
}

/** The running service, as far as an app can be used from outside. @param missingPaths paths that it does not have */
export function outsideApp(config: Config, missingPaths: readonly string[] = []): NestFastifyApplication {
  const known = {
    inject: (options: Request | string) => {
      const sent = typeof options === 'string' ? { url: options } : options;
      if (missingPaths.some((path) => sent.url.startsWith(`/${path}`)))
        needsOwnApp('a controller of the test');
      if (sent.url === '/metrics') needsOwnApp('the metrics of one process');
      return send(sent);
    },
    listen: async () => {},
    get: (token: unknown) => {
      if (token !== AccessTokens) needsOwnApp('a provider of the app');
      return new AccessTokens(config);
    },
    close: async () => {},
  };
  return new Proxy(known as unknown as NestFastifyApplication, {
    get(target, name) {
      // An awaited value is asked for `then`.
      if (!(name in target) && name !== 'then') needsOwnApp(`${String(name)}() of the app`);
      return target[name as keyof NestFastifyApplication] as unknown;
    },
  });
}

/** Deletes all rows but those of the migrations, and lets the running service notice it. */
export async function empty(database: TestDatabase): Promise<void> {
  const { name } = database.config.database;
  if (!name.endsWith('_test'))
    throw new Error(`With TEST_BASE_URL the tests empty the database ${name}: its name must end with _test.`);
  for (const table of [
    'refresh_token',
    'account_email',
    'like_event',
    'property_likes',
    'property_audit',
    'status_history',
  ])
    await database.run(`delete from ${table}`);
  // Without a status the properties are hidden: their derived data goes, and the version of the cached answers changes.
  const rows = await database.run<{ id: number }>('select id from property');
  await derive(
    database,
    rows.map(({ id }) => id),
  );
  for (const table of [
    'property',
    'property_change',
    'property_price',
    'saved_search',
    'auth_user',
    'status',
  ])
    await database.run(`delete from ${table}`);
  await recount(database);
  // As in a new database.
  await database.orm.em.getConnection().execute('alter table property auto_increment = 1');
  // A test may have changed them.
  await database.run(
    "insert into status (id, name, label) values (1, 'comprando', 'En proceso de compra'), (2, 'comprado', 'Propiedad de Habi'), (3, 'pre_venta', 'En preventa'), (4, 'en_venta', 'En venta'), (5, 'vendido', 'Vendido')",
  );
}
