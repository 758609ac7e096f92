// node scripts/with-database.mjs dist/commands/COMMAND.js [ARGUMENT…]
import { runOnDatabase } from './run-on-database.mjs';

await runOnDatabase(process.argv.slice(2));
