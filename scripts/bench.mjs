// Runs the benchmark on a private database of its own, which stays for the next time, with memory for a million homes.
import { runOnDatabase } from './run-on-database.mjs';

process.env.PRIVATE_DATABASE_MEMORY ??= '4G';
await runOnDatabase(['bench/run.mjs', ...process.argv.slice(2)], { folder: 'bench' });
