// node test/support/private-database.mjs FOLDER: a private server that keeps what it has said yes to, as `npm start` has
// it, for a test that kills it. Prints how to reach it, and ends with its standard input.
import { useDatabase } from '../../scripts/private-database.mjs';

const stop = new AbortController();
delete process.env.DATABASE_HOST;
const { env, release } = await useDatabase({ folder: process.argv[2], say: () => {}, stop: stop.signal });
process.stdout.write(`${JSON.stringify(env)}\n`);
process.stdin.resume().once('end', () => void release().then(() => process.exit()));
