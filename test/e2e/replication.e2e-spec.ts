import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessTokens } from '../../src/accounts/access-tokens.js';
import { readConfig } from '../../src/config/config.js';
import { Replicas } from '../../src/database/replicas.js';
import { addUsers } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { addProperties } from '../support/factories.js';
import { describeWith } from '../support/optional.js';
import { budget, until } from '../support/until.js';

const PROPERTIES = 50;
const READERS = 8;
const EDITS = 60;
const STAFF = 1;

describeWith('replication', 'DATABASE_REPLICA_HOSTS names a real replica', () => {
  let database: TestDatabase;
  /** Two processes as far as callers see it: one is asked to write, the other one to read. */
  let apps: [NestFastifyApplication, NestFastifyApplication];

  /** Runs statements on the replica, as an administrator. */
  const execute = async (...statements: readonly string[]): Promise<void> => {
    const server = { ...database.config.database, ...database.config.database.replicaHosts[0]! };
    const replica = await TestDatabase.connect({ ...database.config, database: server });
    for (const statement of statements) await replica.run(statement);
    await replica.close();
  };
  const setDelay = (seconds: number): Promise<void> =>
    execute(
      'stop replica sql_thread',
      `change replication source to source_delay = ${seconds}`,
      'start replica sql_thread',
    );

  beforeAll(async () => {
    const [source, ...replicaHosts] = readConfig({
      DATABASE_HOST: process.env.DATABASE_REPLICATION,
      DATABASE_USER: process.env.DATABASE_REPLICATION_USER ?? 'root',
      DATABASE_PASSWORD: process.env.DATABASE_REPLICATION_PASSWORD ?? '',
    }).database.hosts;
    const { database: login } = readConfig({
      DATABASE_HOST: 'x',
      DATABASE_USER: 'root',
      DATABASE_PASSWORD: '',
    });
    database = await TestDatabase.create({
      server: { ...login, ...source!, hosts: [source!], replicaHosts },
    });
    await addProperties(
      database,
      Array.from({ length: PROPERTIES }, (_, i) => ({ price: 1, address: `Calle ${i}` })),
    );
    await addUsers(database, ['staff'], { isStaff: true });
  }, 120_000);
  afterAll(async () => {
    await setDelay(0);
    await database.drop();
  }, 60_000);
  beforeEach(async () => {
    apps = [await startApp(database.config), await startApp(database.config)];
  });
  afterEach(async () => {
    for (const app of apps) await app.close();
  });

  const inUse = async (): Promise<void> => until(async () => apps[1].get(Replicas).all[0]!.isUsable);
  const leftOut = (promisedMs: number): Promise<void> =>
    until(async () => !apps[1].get(Replicas).all[0]!.isUsable, budget(promisedMs));
  const readsOfReplica = (): number =>
    apps[1].get(Replicas).reads.get(apps[1].get(Replicas).all[0]!.name) ?? 0;
  const token = () => ({ authorization: `Bearer ${apps[0].get(AccessTokens).issue(STAFF)}` });

  /** Edits, likes and unlikes, and reads each change by the next request to the other process. @returns the statuses */
  async function writeAndReadBack(): Promise<Set<number>> {
    const statuses = new Set<number>();
    for (let i = 1; i <= EDITS; i++) {
      const id = 1 + (i % PROPERTIES);
      const [edited] = await database.run<{ price: number }>(
        'select price + 1 as price from property where id = ?',
        [id],
      );
      const price = Number(edited!.price);
      const headers = { ...token(), 'content-type': 'application/merge-patch+json' };
      const edit = await ask(apps[0], `/v1/properties/${id}`, {
        method: 'PATCH',
        payload: JSON.stringify({ price }),
        headers,
      });
      const detail = await ask(apps[1], `/v1/properties/${id}`);
      const list = await ask(apps[1], `/v1/properties?minPrice=${price}&maxPrice=${price}&limit=100`);
      expect([detail.body.price, list.body.items.some((item: { id: number }) => item.id === id)]).toEqual([
        price,
        true,
      ]);
      const method = i % 2 ? 'PUT' : 'DELETE';
      const like = await ask(apps[0], '/v1/properties/1/like', { method, headers: token() });
      const likes = await ask(apps[1], '/v1/properties/1/likes', { headers: token() });
      expect(likes.body).toMatchObject({ likedByMe: method === 'PUT', count: method === 'PUT' ? 1 : 0 });
      for (const { status } of [edit, detail, list, like, likes]) statuses.add(status);
    }
    return statuses;
  }
  const SUCCESS = new Set([200, 201, 204]);

  it('each change is seen by the next request to another process, while the replica follows', async () => {
    await inUse();
    const before = readsOfReplica();
    expect(await writeAndReadBack()).toEqual(SUCCESS);
    expect(readsOfReplica()).toBeGreaterThan(before);
  });

  it('SOURCE_DELAY=10: the replica is left out, and each change is seen by the next request', async () => {
    await inUse();
    await setDelay(10);
    await writeAndReadBack();
    await leftOut(7_000);
    const before = readsOfReplica();
    expect(await writeAndReadBack()).toEqual(SUCCESS);
    expect(readsOfReplica()).toBe(before);
    await setDelay(0);
    await inUse();
  });

  it('a replica whose replication stops on an idle primary is left out, and comes back', async () => {
    await inUse();
    await execute('stop replica');
    await leftOut(7_000);
    await execute('start replica');
    await inUse();
  });

  it('the replica is killed with -9 in the middle of a load: no 5xx, and it comes back', async () => {
    await inUse();
    const end = new AbortController();
    const statuses = new Map<number, number>();
    const readers = Array.from({ length: READERS }, async (_, first) => {
      for (let i = first; !end.signal.aborted; i++) {
        const id = 1 + (i % PROPERTIES);
        const paths = [`?limit=${id}`, `/${id}`, `/${id}/similar`];
        const { status } = await ask(apps[1], `/v1/properties${paths[i % paths.length]}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    const readsAfter = async (start = readsOfReplica()): Promise<void> =>
      until(async () => readsOfReplica() > start + 100);
    try {
      const writes = writeAndReadBack();
      await readsAfter();
      const restart = killServer(database.config.database.replicaHosts[0]!.port);
      await leftOut(1_000);
      expect(await writes).toEqual(SUCCESS);
      restart();
      await inUse();
      await readsAfter();
    } finally {
      end.abort();
      await Promise.all(readers);
    }
    expect([...statuses.keys()]).toEqual([200]);
  });
});

/** Kills the server of this machine that listens on the port, with SIGKILL. @returns starts it again */
function killServer(port: number): () => void {
  const argumentsOf = (pid: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    } catch {
      return []; // The process has just ended.
    }
  };
  const pid = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && argumentsOf(name).includes(`--port=${port}`),
  );
  const [program, ...rest] = argumentsOf(pid!);
  process.kill(Number(pid), 'SIGKILL');
  return () => spawn(program!, rest, { detached: true, stdio: 'ignore' }).unref();
}
