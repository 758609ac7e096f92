// node scripts/with-database.mjs dist/commands/COMMAND.js [ARGUMENT…]: runs a command on the configured or private database.
import { runOnDatabase } from './run-on-database.mjs';

await runOnDatabase(process.argv.slice(2));
