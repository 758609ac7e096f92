// The alerts that alerts.mjs causes, each with its cause.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

export const API = 18_001;
export const URL_OF_API = `http://127.0.0.1:${API}`;

/** @param {string} path @param {RequestInit} [init] */
const ask = (path, init) => fetch(URL_OF_API + path, init).catch(() => null);
/** @param {string} path @param {object} body */
const post = (path, body) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
/** @param {number} count @param {() => Promise<unknown>} work */
async function repeat(count, work) {
  for (let done = 0; done < count; done += 20) await Promise.all(Array.from({ length: 20 }, work));
}
async function signIn(username = 'staff', password = 'siete-puertas-verdes') {
  const answer = await post('/v1/auth/login', { username, password });
  return /** @type {{ accessToken: string, refreshToken: string }} */ (await answer?.json());
}

const {
  DATABASE_HOST: host,
  DATABASE_PORT,
  DATABASE_NAME: database,
  DATABASE_USER: user,
  DATABASE_PASSWORD: password,
} = process.env;
const connect = () => createConnection({ host, port: Number(DATABASE_PORT), database, user, password });

const silent = createServer(() => {}).listen(0, '127.0.0.1');
await once(silent, 'listening');
const { port: silentPort } = /** @type {import('node:net').AddressInfo} */ (silent.address());
/**
 * Each: settings of a new process, if it needs one, and what is done before its start; what causes the condition, again and again until the alerts fire; what ends it.
 * @typedef {import('node:child_process').ChildProcess} ChildProcess
 * @type {{ alerts: string[], env?: Record<string, string>, before?: () => unknown, cause: (service: ChildProcess) => unknown, end?: (service: ChildProcess) => unknown }[]}
 */
export const CONDITIONS = [
  { alerts: ['MemoryHigh'], env: {}, cause: () => {} },
  {
    alerts: ['RefreshTokenReused'],
    cause: async () => {
      const { refreshToken } = await signIn();
      for (let n = 0; n < 2; n++) await post('/v1/auth/refresh', { refreshToken });
    },
  },
  { alerts: ['SignInsFail'], cause: () => repeat(20, () => signIn('staff', 'wrong-password')) },
  { alerts: ['AccessDeniedOften'], cause: () => repeat(200, () => ask('/v1/me')) },
  {
    alerts: ['StaffExportsRise'],
    cause: async () => {
      const { accessToken } = await signIn();
      for (let n = 0; n < 3; n++)
        await (
          await ask('/v1/ranking/properties.csv', { headers: { authorization: `Bearer ${accessToken}` } })
        )?.text();
    },
  },
  {
    alerts: ['RankingDrift'],
    cause: async () => {
      await run('update ranking set total = total + 1');
      await pause(10_000);
    },
  },
  {
    alerts: ['WorkerStepFails'],
    cause: () => run('rename table account_erasure to account_erasure_away').catch(() => {}),
    end: () => run('rename table account_erasure_away to account_erasure'),
  },
  {
    alerts: ['WorkerBehind'],
    cause: () => lock('start transaction', 'select * from ranking_state for update'),
    end: () => unlock(),
  },
  {
    alerts: ['ServerErrors', 'SlowRequests', 'PoolExhausted'],
    cause: async () => {
      await lock('lock tables property write, property_search write');
      await repeat(40, () => ask(`/v1/properties?limit=${Math.ceil(Math.random() * 100)}`));
    },
    end: () => unlock(),
  },
  {
    alerts: ['ProcessAtItsLimit'],
    cause: async (service) => {
      for (let n = 0; n < 20; n++) {
        service.kill('SIGSTOP');
        await pause(300);
        service.kill('SIGCONT');
        await pause(200);
      }
    },
  },
  {
    alerts: ['ServiceDown'],
    cause: (service) => service.kill('SIGSTOP'),
    end: (service) => service.kill('SIGCONT'),
  },
  {
    alerts: ['WorkerMissing'],
    env: {},
    before: () => lock("select get_lock(sha2(concat(database(), ':', 'ranking'), 256), 10)"),
    cause: () => {},
    end: () => unlock(),
  },
  {
    alerts: ['RateLimitHitOften', 'ManyRefusedByLimits'],
    env: { RATE_LIMIT_PER_MINUTE: '100' },
    cause: () => repeat(300, () => ask('/v1/properties?limit=1')),
  },
  {
    alerts: ['CacheErrors'],
    env: { REDIS_URL: `redis://127.0.0.1:${silentPort}` },
    cause: () => repeat(20, () => ask(`/v1/properties?limit=${Math.ceil(Math.random() * 100)}`)),
  },
  {
    alerts: ['MailsFail'],
    env: {
      MAIL_URL: 'smtp://127.0.0.1:1',
      MAIL_FROM: 'no-reply@example.com',
      MAIL_LINK_URL: 'http://localhost/',
    },
    cause: async () => {
      const username = `alerts${Date.now()}`;
      await post('/v1/auth/register', {
        username,
        email: `${username}@example.com`,
        password: 'tres-casas-azules-9',
      });
    },
  },
  { alerts: ['ReplicaLeftOut'], env: { DATABASE_REPLICA_HOSTS: '127.0.0.1:1' }, cause: () => {} },
];

/** @type {import('mysql2/promise').Connection | null} */
let locking = null;
/** @type {NodeJS.Timeout | undefined} */
let beat;
/** @param {string} statement */
async function run(statement) {
  const connection = await connect();
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
/** @param {...string} statements */
async function lock(...statements) {
  if (locking) return;
  locking = await connect();
  for (const statement of statements) await locking.query(statement);
  // The service kills the connection of a holder that is silent.
  beat = setInterval(() => void locking?.query('select 1').catch(() => {}), 1_000);
}
export function unlock() {
  clearInterval(beat);
  locking?.destroy();
  locking = null;
}
