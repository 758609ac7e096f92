import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Replicas } from '../../src/database/replicas.js';
import { readTls } from '../../src/config/database-tls.js';
import { startApp } from '../support/app.js';
import { Authority } from '../support/certificates.js';
import { ask } from '../support/client.js';
import { TestDatabase } from '../support/database.js';
import { FakeRedis } from '../support/fake-redis.js';
import { KillableServer } from '../support/killable-server.js';
import { describeWith } from '../support/optional.js';
import { listening, startProcess } from '../support/process.js';
import { PlaintextProxy } from '../support/plaintext-proxy.js';
import { until } from '../support/until.js';

const MIGRATE = fileURLToPath(new URL('../../dist/commands/migrate.js', import.meta.url));
/** The service's account. The server refuses its connections without TLS. */
const ACCOUNT = { user: 'encrypted', password: 'a password of the tests' };

describeWith('openssl', 'TLS', () => {
  let authority: Authority;
  let other: Authority;
  let server: KillableServer;
  let database: TestDatabase;
  const cleanups: (() => unknown)[] = [];

  beforeAll(async () => {
    authority = new Authority('tests');
    other = new Authority('others');
    const { cert, key } = authority.issue('localhost');
    server = await KillableServer.start([
      `--ssl-ca=${authority.ca}`,
      `--ssl-cert=${cert}`,
      `--ssl-key=${key}`,
    ]);
    const administrator = await server.withAdministrator();
    database = await TestDatabase.create({ server: administrator, name: `${administrator.name}_test` });
    for (const host of ['localhost', '127.0.0.1']) {
      await database.run(
        `create user '${ACCOUNT.user}'@'${host}' identified by '${ACCOUNT.password}' require ssl`,
      );
      await database.run(`grant all on ${administrator.name}_test.* to '${ACCOUNT.user}'@'${host}'`);
    }
  }, 120_000);
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  }, 60_000);

  const environment = (tls: string, host = `localhost:${database.config.database.port}`) => ({
    ...database.environment,
    DATABASE_HOST: host,
    DATABASE_USER: ACCOUNT.user,
    DATABASE_PASSWORD: ACCOUNT.password,
    DATABASE_TLS: tls,
  });
  /** Runs `npm run migrate` without npm. */
  const migrate = async (env: Record<string, string>): Promise<string> => {
    const child = spawn(process.execPath, [MIGRATE], { cwd: import.meta.dirname, env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    await once(child, 'close');
    return text;
  };
  const restartAs = async (host: string): Promise<void> => {
    authority.issue(host);
    server.kill();
    await until(() => database.orm.isConnected());
  };

  it('commands connect encrypted, and check the certificate against a CA file', async () => {
    for (const tls of ['required', authority.ca])
      expect(await migrate(environment(tls))).toContain('The database is up to date.\n');
    expect(await migrate(environment('off'))).toMatch(
      /^The database that DATABASE_HOST names .+ cannot be used/m,
    );
    const refused = await migrate(environment(other.ca));
    expect(refused).toMatch(/cannot be used: .*(self-signed certificate|unable to verify)/);
    expect(refused).toContain('DATABASE_TLS');
  });

  it('a certificate for another host is refused, but not with "required"', async () => {
    await restartAs('db.example');
    try {
      expect(await migrate(environment(authority.ca))).toMatch(
        /cannot be used: .*does not match certificate/,
      );
      expect(await migrate(environment('required'))).toContain('The database is up to date.\n');
    } finally {
      await restartAs('localhost');
    }
  });

  it('a server without TLS is refused, also when somebody on the way removes TLS from its greeting', async () => {
    const proxy = await PlaintextProxy.start(database.config.database);
    cleanups.push(() => proxy.stop());
    for (const tls of ['required', authority.ca]) {
      const text = await migrate(environment(tls, `localhost:${proxy.port}`));
      expect(text).toMatch(/cannot be used: Server does not support secure connection/);
      expect(text).toContain('DATABASE_TLS');
    }
  });

  it('every connection of a process is encrypted: pool, checks of several hosts, replica', async () => {
    const { port } = database.config.database;
    const host = { host: 'localhost', port };
    const app = await startApp({
      ...database.config,
      database: {
        ...database.config.database,
        ...ACCOUNT,
        ...host,
        hosts: [host, host],
        replicaHosts: [host],
        tls: readTls(authority.ca),
      },
    });
    cleanups.push(() => app.close());
    const { all } = app.get(Replicas);
    await until(async () => all[0]!.isUsable);
    expect((await ask(app, '/v1/properties')).status).toBe(200);
    expect(app.get(Replicas).reads.get(all[0]!.name)).toBeGreaterThan(0);
    const ready = await ask(app, '/health/ready');
    expect([ready.status, ready.body.database]).toEqual([200, 'up']);
  });

  it('a process with a wrong CA file is not ready, and its log says why', async () => {
    const run = startProcess(database, environment(other.ca));
    cleanups.push(() => run.child.kill('SIGKILL'));
    const address = await listening(run);
    const ready = await fetch(`${address}/health/ready`);
    expect([ready.status, ((await ready.json()) as { database: string }).database]).toEqual([503, 'down']);
    await until(async () => /does not answer: .*certificate/.test(run.output()));
  });

  it('HOST is the address of the API; rediss:// checks the certificate of Redis', async () => {
    const redis = await FakeRedis.start();
    const { cert, key } = authority.issue('localhost');
    const proxy = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
      const plain = connect(Number(new URL(redis.url).port), '127.0.0.1');
      socket.pipe(plain).pipe(socket);
      for (const end of [socket, plain]) end.on('error', () => socket.destroy());
    });
    await once(proxy.listen(0), 'listening');
    cleanups.push(
      () => redis.stop(),
      () => proxy.close(),
    );
    const env = {
      ...environment(authority.ca),
      HOST: '127.0.0.2',
      REDIS_URL: `rediss://localhost:${(proxy.address() as AddressInfo).port}`,
    };
    for (const [file, state] of [
      [authority.ca, 'up'],
      [other.ca, 'down'],
    ] as const) {
      const run = startProcess(database, { ...env, NODE_EXTRA_CA_CERTS: file });
      cleanups.push(() => run.child.kill('SIGKILL'));
      const { port, hostname } = new URL(await listening(run));
      expect(hostname).toBe('127.0.0.2');
      const ready = (hostname: string) => fetch(`http://${hostname}:${port}/health/ready`);
      await expect(ready('127.0.0.1')).rejects.toThrow('fetch failed');
      await until(
        async () => ((await (await ready('127.0.0.2')).json()) as { cache: string }).cache === state,
      );
    }
  });
});
