import { projectFolder, useDatabase } from './private-database.mjs';
import { done, fail, say } from './progress.mjs';
import { exitCodeOf, runNode, stopOnSignals } from './run-node.mjs';

/**
 * Runs a script on the configured or the private database. Sets the exit code of this process to that of the script.
 * @param {string[]} args script and its arguments
 * @param {{ throwAway?: boolean, folder?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export async function runOnDatabase(args, { throwAway, folder, env } = {}) {
  process.chdir(projectFolder);
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
