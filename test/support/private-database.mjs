// node test/support/private-database.mjs FOLDER: starts a private server with durable commits, as `npm start` does, for a
// test that kills it. Prints how to connect to it, and stops when its standard input ends.
import { useDatabase } from '../../scripts/private-database/use-database.mjs';

const stop = new AbortController();
delete process.env.DATABASE_HOST;
const { env, release } = await useDatabase({ folder: process.argv[2], say: () => {}, stop: stop.signal });
process.stdout.write(`${JSON.stringify(env)}\n`);
process.stdin.resume().once('end', () => void release().then(() => process.exit()));
