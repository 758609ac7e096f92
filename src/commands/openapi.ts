import { readFileSync, writeFileSync } from 'node:fs';
import { createApp } from '../create-app.js';
import { createLogger } from '../logging.js';
import { openApiDocument } from '../openapi.js';

const FILE = 'docs/openapi.json';

// Needs no database: nothing connects before the first query.
const database = { host: 'localhost', port: 1, user: '', password: '', name: 'none', timezone: '+00:00' };
const app = await createApp(
  {
    database,
    port: 0,
    redisUrl: null,
    corsOrigins: [],
    rateLimitPerMinute: 0,
    rateLimitSignInPerMinute: 0,
    rateLimitRegisterPerHour: 0,
    rankingHalfLifeDays: 7,
    jwtSecret: null,
    logLevel: 'silent',
  },
  createLogger('silent'),
);
const current = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
await app.close();

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, current);
} else if (readFileSync(FILE, 'utf8') !== current) {
  console.error(`${FILE} is not what the code says: run npm run openapi and commit it.`);
  process.exitCode = 1;
}
