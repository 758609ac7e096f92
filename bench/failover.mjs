// `node bench/failover.mjs`: kills the primary of a MySQL replication group three times, freezes it once and then the two
// other servers, under a load of likes, edits and reads; then looks for lost answers. With --partition, it cuts the network between the
// primary and the other servers twice instead. docs/failover.md says how to run it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { EDITORS, LIKED_PROPERTIES, LIKERS, startLoad } from './failover-load.mjs';
import { GroupProxy } from './failover-proxy.mjs';
import { environment, runCommand, send, serve } from './servers.mjs';

const PORTS = [8_191, 8_192];
/** @typedef {'kill' | 'freeze' | 'partition'} Event */
const PARTITIONED = process.argv.includes('--partition');
/** @type {Event[]} */
const EVENTS = PARTITIONED
  ? ['partition', 'partition']
  : process.argv.includes('--short')
    ? ['kill', 'freeze']
    : ['kill', 'kill', 'kill', 'freeze'];
/** The environment variables with the shell commands that begin and end an event. */
const COMMANDS = {
  kill: { begin: 'FAILOVER_KILL', end: undefined },
  freeze: { begin: 'FAILOVER_FREEZE', end: 'FAILOVER_THAW' },
  partition: { begin: 'FAILOVER_PARTITION', end: 'FAILOVER_HEAL' },
};
const LOST_MAJORITY = 'freeze the two others';
const CALM_MS = 5_000;
const POLL_MS = 50;
const FROZEN_MS = 15_000;
const WAIT_MS = 180_000;

const DATABASE = `${process.env.DATABASE_NAME ?? 'habi_db'}_failover`;
const HOSTS = (process.env.DATABASE_HOST ?? '').split(',').map((address) => {
  const [host = '', port = '3306'] = address.split(':');
  return { host, port: Number(port) };
});
const LOGIN = {
  user: process.env.DATABASE_USER,
  password: process.env.DATABASE_PASSWORD,
  connectTimeout: 1_000,
};
const PRIMARY = `select 1 from performance_schema.replication_group_members
  where member_id = @@server_uuid and member_role = 'PRIMARY' and member_state = 'ONLINE' and not @@global.super_read_only
    and (select sum(member_state = 'ONLINE') * 2 > count(*) from performance_schema.replication_group_members)`;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const seconds = (/** @type {number} */ ms) => `${(ms / 1_000).toFixed(1)} s`;

/** @param {() => Promise<boolean>} condition @param {string} what */
async function until(condition, what) {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > WAIT_MS) throw new Error(`not within ${WAIT_MS / 1_000} s: ${what}`);
    await pause(POLL_MS);
  }
}

/** @param {{ host: string, port: number }} host @param {string} sql @returns {Promise<Record<string, string | number>[]>} */
async function query(host, sql) {
  const connection = await createConnection({ ...LOGIN, ...host });
  try {
    const answer = connection.query(sql);
    answer.catch(() => {});
    const late = pause(1_000).then(() => Promise.reject(new Error('no answer')));
    const [rows] = await Promise.race([answer, late]);
    return /** @type {Record<string, string | number>[]} */ (rows);
  } finally {
    connection.destroy();
  }
}

/** The primary that accepts writes, and has the majority of the group. */
async function findPrimary() {
  const found = await Promise.all(
    HOSTS.map(async (host) => ((await query(host, PRIMARY).catch(() => [])).length > 0 ? host : undefined)),
  );
  return found.find((host) => host !== undefined);
}

/** Runs the shell command of an environment variable. @param {string} variable @param {number} port of the server */
async function act(variable, port) {
  const command = process.env[variable];
  if (!command) throw new Error(`${variable} is not set (docs/failover.md)`);
  await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, PORT: String(port) } });
}

/** @param {Event} what @param {import('./failover-load.mjs').Sample[]} samples */
async function failOver(what, samples) {
  await pause(CALM_MS);
  const old = await findPrimary();
  if (!old) throw new Error('the group has no primary');
  const from = samples.length;
  const { begin, end } = COMMANDS[what];
  await act(begin, old.port);
  // The old primary commits nothing after this.
  const at = performance.now();
  await until(async () => {
    const primary = await findPrimary();
    return primary !== undefined && primary.port !== old.port;
  }, 'a new primary');
  const newAt = performance.now();
  const first = await firstWrite(samples, from, at);
  if (end !== undefined) {
    await pause(FROZEN_MS);
    await act(end, old.port);
  }
  await pause(CALM_MS);
  report(what, seconds(newAt - at), first - at, samples.slice(from));
  await act('FAILOVER_REJOIN', old.port).catch((error) => {
    // A server that was only frozen may have joined again by itself.
    if (what !== 'freeze') throw error;
  });
  await allOnline();
}

/** Two of three servers are frozen: the primary has no majority. @param {import('./failover-load.mjs').Sample[]} samples */
async function loseMajority(samples) {
  await pause(CALM_MS);
  const primary = await findPrimary();
  const others = HOSTS.filter(({ port }) => port !== primary?.port);
  const from = samples.length;
  for (const { port } of others) await act('FAILOVER_FREEZE', port);
  await pause(FROZEN_MS);
  const frozen = samples.length;
  await pause(CALM_MS);
  const late = samples.slice(frozen);
  const refused = late.filter(({ status }) => status === 503).length;
  for (const { port } of others) await act('FAILOVER_THAW', port);
  const at = performance.now();
  const first = await firstWrite(samples, samples.length, at);
  await allOnline();
  await pause(CALM_MS);
  report(
    LOST_MAJORITY,
    `none; after ${FROZEN_MS / 1_000} s ${refused} of ${late.length} are a 503`,
    first - at,
    samples.slice(from),
  );
}

/**
 * When the first new like was answered that was sent after `at`. An answer that a like stands needs no write.
 * @param {import('./failover-load.mjs').Sample[]} samples @param {number} from @param {number} at
 */
async function firstWrite(samples, from, at) {
  const isWrite = (/** @type {typeof samples[number]} */ { kind, sentAt, status }) =>
    kind === 'write' && sentAt > at && status === 201;
  await until(async () => samples.slice(from).some(isWrite), 'a write');
  return samples.slice(from).find(isWrite)?.answeredAt ?? Number.NaN;
}

/** @param {string} what @param {string} primary @param {number} firstMs @param {import('./failover-load.mjs').Sample[]} during */
function report(what, primary, firstMs, during) {
  const count = (/** @type {'write' | 'read'} */ kind, /** @type {(status: number) => boolean} */ matches) =>
    during.filter((sample) => sample.kind === kind && matches(sample.status)).length;
  const is503 = (/** @type {number} */ status) => status === 503;
  const isOther = (/** @type {number} */ status) => !(status >= 200 && status < 300) && !is503(status);
  console.log(
    `| ${what} | ${primary} | ${seconds(firstMs)} | ` +
      `${count('write', is503)} of ${count('write', () => true)} | ${count('read', is503)} of ${count('read', () => true)} | ` +
      `${count('write', isOther) + count('read', isOther)} |`,
  );
}

const allOnline = () =>
  until(async () => {
    const host = await findPrimary();
    const online = "select 1 from performance_schema.replication_group_members where member_state = 'ONLINE'";
    return host !== undefined && (await query(host, online).catch(() => [])).length === HOSTS.length;
  }, 'all servers online');

/** Compares the rows with what the answers promised, and what is derived with the rows. @param {ReturnType<typeof startLoad>} load */
async function check({ likes, prices, samples }) {
  const primary = /** @type {{ host: string, port: number }} */ (await findPrimary());
  const select = (/** @type {string} */ sql) => query(primary, sql.replaceAll('@', `${DATABASE}.`));
  const rows = new Set(
    (await select('select property_id, user_id from @property_likes')).map(
      (row) => `${row.property_id} ${row.user_id}`,
    ),
  );
  const lostLikes = [...likes].filter(([pair, isLiked]) => isLiked !== null && rows.has(pair) !== isLiked);
  const stored = new Map(
    (await select('select id, price from @property')).map((row) => [row.id, Number(row.price)]),
  );
  const lostEdits = [...prices].filter(([id, possible]) => !possible.includes(stored.get(id) ?? NaN));
  const history = `select count(*) as n from (
    select property_id, user_id, substring_index(group_concat(action order by id desc), ',', 1) = 'liked' as liked
    from @like_event group by property_id, user_id
  ) e left join @property_likes l using (property_id, user_id) where e.liked <> (l.id is not null)`;
  const ranking = `select count(*) as n from @property p left join @ranking r on r.property_id = p.id
    where coalesce(r.total, 0) <> (select count(*) from @property_likes l where l.property_id = p.id)`;
  await until(async () => Number((await select(ranking))[0]?.n) === 0, 'a ranking that equals the likes');
  const wrongCounts = [];
  for (let id = 1; id <= LIKED_PROPERTIES; id++) {
    const { body } = await send(/** @type {number} */ (PORTS[0]), `/v1/properties/${id}/likes`);
    const expected = [...rows].filter((pair) => pair.startsWith(`${id} `)).length;
    if (JSON.parse(body).count !== expected) wrongCounts.push(id);
  }
  console.log(
    `\n${samples.length} answers; ${rows.size} likes stand. Lost likes and unlikes: ${lostLikes.length} of ${likes.size} pairs; ` +
      `lost edits: ${lostEdits.length}; pairs whose history differs: ${(await select(history))[0]?.n}; ` +
      `properties whose count differs: ${wrongCounts.length}; whose rank differs: 0.`,
  );
  for (const [pair, isLiked] of lostLikes)
    console.log(
      `property and user ${pair}: the last answer said ${isLiked ? 'liked' : 'unliked'}; events:`,
      await select(
        `select id, action, at from @like_event where concat(property_id, ' ', user_id) = '${pair}' order by id`,
      ),
    );
  for (const { status, request, sentAt, body } of samples
    .filter(({ status }) => status !== 503 && !(status >= 200 && status < 300))
    .slice(0, 20))
    console.log(`not expected: ${request} at ${seconds(sentAt)}: ${status} ${body}`);
  return lostLikes.length + lostEdits.length + wrongCounts.length;
}

async function fill() {
  const primary = /** @type {{ host: string, port: number }} */ (await findPrimary());
  const connection = await createConnection({ ...LOGIN, ...primary });
  await connection.query(`drop database if exists ${DATABASE}`);
  await connection.query(`create database ${DATABASE} character set utf8mb4 collate utf8mb4_unicode_ci`);
  await runCommand('dist/commands/migrate.js', DATABASE);
  await connection.query(`use ${DATABASE}`);
  const users = Array.from(
    { length: LIKERS + EDITORS },
    (_, i) => `(${i + 1}, 'user-${i + 1}', '', '!', '', '', 0, ${i >= LIKERS}, 1, '2025-01-01')`,
  );
  await connection.query(
    `insert into auth_user (id, username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
    values ${users.join(', ')}`,
  );
  const ids = Array.from({ length: LIKED_PROPERTIES + EDITORS }, (_, i) => i + 1);
  await connection.query('insert into property (id, address, city, price) values ?', [
    ids.map((id) => [id, `Calle ${id}`, 'bogota', 1_000]),
  ]);
  await connection.query('insert into status_history (property_id, status_id, update_date) values ?', [
    ids.map((id) => [id, 4, '2025-01-01']),
  ]);
  await connection.end();
  await runCommand('dist/commands/rebuild.js', DATABASE);
}

await fill();
const proxy = process.argv.includes('--proxy') ? await GroupProxy.start(findPrimary) : undefined;
/** @type {Record<string, string>} */
const settings = proxy ? { DATABASE_HOST: `127.0.0.1:${proxy.port}` } : {};
/** @type {import('./servers.mjs').Server[]} */
const services = [];
try {
  for (const port of PORTS) services.push(await serve('dist/main.js', port, DATABASE, settings));
  const load = startLoad(PORTS);
  console.log('| event | new primary after | first write after | writes 503 | reads 503 | other answers |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const what of EVENTS) await failOver(what, load.samples);
  if (!PARTITIONED) await loseMajority(load.samples);
  await pause(CALM_MS);
  await load.stop();
  process.exitCode = (await check(load)) > 0 ? 1 : 0;
} finally {
  for (const service of services) await service.stop();
  await proxy?.close();
}
const rebuild = await promisify(execFile)(process.execPath, ['dist/commands/rebuild.js'], {
  env: environment(DATABASE),
});
console.log(rebuild.stdout);
