import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';

const exitWithParent = new URL('exit-with-parent.mjs', import.meta.url).href;

/**
 * @typedef {object} Run
 * @property {() => void} end sends the stop signal, and SIGKILL 30 seconds later
 * @property {(signal: NodeJS.Signals) => void} kill sends a signal to the process and its children
 * @property {() => boolean} isRunning
 * @property {Promise<number>} exited resolves to the exit code
 * @property {Promise<string>} output collected output; empty unless `quiet`
 */

/** @type {Set<Run>} */
const running = new Set();

/**
 * @returns {AbortSignal} aborted by Ctrl-C, kill, closing of the terminal or the end of npm; its reason is a signal name
 */
export function stopOnSignals() {
  const stopping = new AbortController();
  let stoppedAt = 0;
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      stoppedAt ||= performance.now();
      stopping.abort(name);
      // npm repeats the Ctrl-C of the terminal at once. A later signal is a second Ctrl-C: kill everything now.
      if (performance.now() - stoppedAt > 1000) for (const run of running) run.kill('SIGKILL');
    });
  }
  // A signal that ends npm does not reach this process, so it watches for a new parent.
  const parent = process.ppid;
  const orphaned = () => process.ppid !== parent && stopping.abort('SIGTERM');
  if (process.env.npm_lifecycle_event) setInterval(orphaned, 300).unref();
  return stopping.signal;
}

/** @param {NodeJS.Signals} signal */
export const exitCodeOf = (signal) => 128 + constants.signals[signal];

/**
 * Runs a script with this Node.js in a separate process group. So the script and its children get each signal once, from this
 * process, and not also from the terminal and npm.
 * @param {string[]} args
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {AbortSignal} options.stop
 * @param {NodeJS.Signals} [options.stopWith] replaces the received signal
 * @param {boolean} [options.quiet] collects the output instead of printing it
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
