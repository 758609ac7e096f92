// Runs the benchmark on a separate private database with a 4 GB buffer pool. Its data is kept for the next run.
import { runOnDatabase } from './run-on-database.mjs';

process.env.PRIVATE_DATABASE_MEMORY ??= '4G';
await runOnDatabase(['bench/run.mjs', ...process.argv.slice(2)], { folder: 'bench' });
