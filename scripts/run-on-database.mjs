import { clone, useDatabase } from './local-database.mjs';
import { done, fail, say } from './progress.mjs';
import { exitCodeOf, runNode, stopOnSignals } from './run-node.mjs';

/**
 * Runs a script on the configured or the private database and ends with its exit code.
 * @param {string[]} args of Node.js
 * @param {{ throwAway?: boolean, folder?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export async function runOnDatabase(args, { throwAway, folder, env } = {}) {
  process.chdir(clone);
  const stop = stopOnSignals();
  try {
    const database = await useDatabase({ throwAway, folder, say, stop });
    done();
    try {
      process.exitCode = await runNode(args, { env: { ...process.env, ...database.env, ...env }, stop })
        .exited;
    } finally {
      await database.release();
    }
  } catch (error) {
    if (stop.aborted) process.exitCode = exitCodeOf(stop.reason);
    else fail(error);
  }
}
