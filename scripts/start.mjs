// node scripts/start.mjs [--watch]
// Brings the database up to date and starts the server. With --watch, compiles and restarts it after every change of a source.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './arguments.mjs';
import { build, digestOfSources } from './build.mjs';
import { loadDotEnv, projectFolder, useDatabase } from './private-database/use-database.mjs';
import { done, fail, say, sayDone, secondsSince } from './progress.mjs';
import { endAll, runNode, stopOnSignals } from './processes/run-node.mjs';
import { takeTurn } from './processes/single-instance.mjs';
import { servingEnvironment, startEnvironment } from './start-environment.mjs';

/** Listens on the port until the server starts: a taken port is reported before the database starts. */
async function reservePort() {
  const port = Number(process.env.PORT || 8000);
  if (!(Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new Error(`PORT is "${process.env.PORT}" and must be a whole number from 1 to 65535.`);
  }
  const reservation = net.createServer((connection) => connection.destroy()).unref();
  try {
    await once(reservation.listen(port), 'listening');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
    const instead = `PORT=${port + 1} npm start`;
    const advice = `stop the program that uses it, or choose another port: ${instead}`;
    throw new Error(`Port ${port} is taken: ${advice}`, { cause: error });
  }
  return { port, reservation };
}

/** @param {NodeJS.ProcessEnv} env */
async function setUp(env) {
  say('bringing the database up to date');
  const { exited, output } = runNode(['dist/commands/migrate-and-seed.js'], { env, stop, quiet: true });
  if ((await exited) !== 0) throw new Error(await output);
  done();
  const lines = (await output).split('\n');
  const accounts = lines.filter((line) => line.startsWith('Demo '));
  process.stderr.write(lines.filter((line) => !accounts.includes(line)).join('\n'));
  return accounts;
}

/** @param {NodeJS.ProcessEnv} env @param {number} port */
async function serve(env, port) {
  const startedAt = performance.now();
  const server = runNode(['--max-semi-space-size=16', '--heap-growing-percent=40', 'dist/main.js'], {
    env,
    stop,
    stopWith: 'SIGTERM',
  });
  const url = `http://localhost:${port}/health/ready`;
  const timeout = AbortSignal.timeout(60_000);
  while (server.isRunning()) {
    const answer = await fetch(url, { signal: timeout }).catch(() => undefined);
    if (answer?.ok) {
      sayDone('server started', startedAt);
      return server;
    }
    if (timeout.aborted) throw new Error('The server is not ready after a minute.');
    await sleep(30);
  }
  if (!stop.aborted) fail('The server ended unexpectedly.');
  return server;
}

/** @param {() => Promise<unknown>} serveAgain */
async function reloadOnChange(serveAgain) {
  for (let servedDigest = digestOfSources(); ; await sleep(300, undefined, { signal: stop })) {
    try {
      // Polls the sources: on Linux fs.watch misses files that an editor replaces.
      const digest = digestOfSources();
      if (digest === servedDigest) continue;
      servedDigest = digest;
      const turn = await takeTurn('node_modules');
      say('compiling');
      await build(process.execPath).finally(() => turn.close());
      done();
      await endAll();
      await serveAgain();
    } catch (error) {
      // Probably an error in a source; the next change may fix it.
      if (!stop.aborted) fail(error);
    }
  }
}

const isWatching = process.argv[2] === '--watch';
readArguments(isWatching ? 'dev' : 'start', process.argv.slice(isWatching ? 3 : 2));
const commandStartedAt = performance.now();
process.chdir(projectFolder);
const stop = stopOnSignals();
/** @type {Awaited<ReturnType<typeof useDatabase>> | undefined} */
let database;
try {
  loadDotEnv();
  const { port, reservation } = await reservePort();
  database = await useDatabase({ say, stop });
  const env = startEnvironment(process.env, database.env);
  const accounts = await setUp(env);
  reservation.close();
  const servingEnv = servingEnvironment(env, database.env);
  const server = await serve(servingEnv, port);
  if (server.isRunning()) {
    console.log(`\nListings    http://localhost:${port}/v1/properties`);
    console.log(`Swagger UI  http://localhost:${port}/docs`);
    console.log(`Ranking     http://localhost:${port}/ranking (staff)`);
    for (const account of accounts) console.log(account);
    console.log(`Ready in ${secondsSince(commandStartedAt)}. Ctrl-C stops everything.`);
  }
  if (isWatching) await reloadOnChange(() => serve(servingEnv, port));
  process.exitCode = await server.exited;
} catch (error) {
  if (!stop.aborted) fail(error);
} finally {
  await endAll();
  await database?.release();
  if (stop.aborted) process.exitCode = 0;
}
