import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';

const exitWithParent = new URL('exit-with-parent.mjs', import.meta.url).href;

/**
 * @typedef {object} Run
 * @property {() => void} end asks it to end, and insists after half a minute
 * @property {(signal: NodeJS.Signals) => void} kill it and its children
 * @property {() => boolean} isRunning
 * @property {Promise<number>} exited with the exit code
 * @property {Promise<string>} output
 */

/** @type {Set<Run>} */
const running = new Set();

/**
 * Aborted by the first Ctrl-C, kill, closing of the terminal or end of npm; its reason is a signal's name.
 * @returns {AbortSignal}
 */
export function stopOnSignals() {
  const stopping = new AbortController();
  let stoppedAt = 0;
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      stoppedAt ||= performance.now();
      stopping.abort(name);
      // npm repeats the terminal's Ctrl-C at once; a later one is the user's second, who will not wait.
      if (performance.now() - stoppedAt > 1000) for (const run of running) run.kill('SIGKILL');
    });
  }
  // What kills npm may end the shell between npm and us, or nothing at all, but it does not reach us.
  const parent = process.ppid;
  const orphaned = () => process.ppid !== parent && stopping.abort('SIGTERM');
  if (process.env.npm_lifecycle_event) setInterval(orphaned, 300).unref();
  return stopping.signal;
}

/** @param {NodeJS.Signals} signal */
export const exitCodeOf = (signal) => 128 + constants.signals[signal];

/**
 * Runs a script with this Node.js, in a session of its own: a signal reaches it and its children once and
 * through us, not from the terminal and from npm as well.
 * @param {string[]} args
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {AbortSignal} options.stop
 * @param {NodeJS.Signals} [options.stopWith] instead of the signal that we got
 * @param {boolean} [options.quiet] its output is only collected
 * @returns {Run}
 */
export function runNode(args, { env, stop, stopWith, quiet }) {
  stop.throwIfAborted();
  const output = quiet ? 'pipe' : 'inherit';
  const child = spawn(process.execPath, ['--enable-source-maps', `--import=${exitWithParent}`, ...args], {
    stdio: ['inherit', output, output, 'ipc'],
    env: { ...env, EXIT_WITH_PARENT: String(process.pid) },
    detached: true,
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  /** @param {NodeJS.Signals} signal */
  const kill = (signal) => {
    if (isRunning()) process.kill(-Number(child.pid), signal);
  };
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    kill(stopWith ?? stop.reason ?? 'SIGTERM');
    setTimeout(() => kill('SIGKILL'), 30_000).unref();
  };
  stop.addEventListener('abort', end);
  /** @type {Run} */
  const run = {
    end,
    kill,
    isRunning,
    exited: once(child, 'exit').then(([code, signal]) => {
      running.delete(run);
      stop.removeEventListener('abort', end);
      return code ?? exitCodeOf(signal);
    }),
    output: Promise.all([child.stdout, child.stderr].map(async (it) => (it ? text(it) : ''))).then((texts) =>
      texts.join(''),
    ),
  };
  running.add(run);
  return run;
}

export async function endAll() {
  for (const run of running) run.end();
  await Promise.all([...running].map((run) => run.exited));
}
