import { readFileSync, writeFileSync } from 'node:fs';
import { readConfig } from '../config/config.js';
import { createApp } from '../create-app.js';
import { createLogger } from '../logging.js';
import { openApiDocument } from '../openapi.js';
import { readArguments } from './usage.js';

const FILE = 'docs/openapi.json';
const { check: isCheck } = readArguments('openapi').values;

// No database is needed: the pool connects at the first query.
const config = readConfig({ DATABASE_HOST: 'localhost', DATABASE_PASSWORD: '', LOG_LEVEL: 'silent' });
const app = await createApp(config, createLogger('silent'));
const current = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
await app.close();

if (!isCheck) {
  writeFileSync(FILE, current);
} else if (readFileSync(FILE, 'utf8') !== current) {
  console.error(`${FILE} is out of date: run npm run openapi and commit the file.`);
  process.exitCode = 1;
}
