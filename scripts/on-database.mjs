// node scripts/on-database.mjs [--throw-away | --folder=NAME] [NODE-OPTION…] SCRIPT [ARGUMENT…]
// Runs a script on the configured or a private database (private-database/use-database.mjs), and exits with its exit code.
import { isCommand, readArguments } from './arguments.mjs';
import { projectFolder, useDatabase } from './private-database/use-database.mjs';
import { exitCodeOf, runNode, stopOnSignals } from './processes/run-node.mjs';
import { done, fail, say } from './progress.mjs';

const [, option, name] = /^--(throw-away|folder=(.+))$/.exec(process.argv[2] ?? '') ?? [];
const args = process.argv.slice(option ? 3 : 2);
const command = process.env.npm_lifecycle_event;
// Before a database starts: the command reads them again.
if (isCommand(command)) readArguments(command, args.slice(args.findIndex((it) => !it.startsWith('-')) + 1));
process.chdir(projectFolder);
const stop = stopOnSignals();
try {
  const database = await useDatabase({ throwAway: option === 'throw-away', folder: name, say, stop });
  done();
  try {
    process.exitCode = await runNode(args, { env: { ...process.env, ...database.env }, stop }).exited;
  } finally {
    await database.release();
  }
} catch (error) {
  if (stop.aborted) process.exitCode = exitCodeOf(stop.reason);
  else fail(error);
}
