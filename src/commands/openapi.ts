import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readConfig } from '../config/config.js';
import { createApp } from '../create-app.js';
import { createLogger } from '../logging.js';
import { openApiDocument } from '../openapi.js';
import { problemTypesPage } from '../problem-types-page.js';
import { readArguments } from './usage.js';

const { check: isCheck } = readArguments('openapi').values;

// No database is needed: the pool connects at the first query.
const config = readConfig({ DATABASE_HOST: 'localhost', DATABASE_PASSWORD: '', LOG_LEVEL: 'silent' });
const app = await createApp(config, createLogger('silent'));
const files = {
  'docs/openapi.json': `${JSON.stringify(openApiDocument(app), null, 2)}\n`,
  'docs/problem-types.md': problemTypesPage(),
};
await app.close();

for (const [file, current] of Object.entries(files)) {
  if (!isCheck) writeFileSync(file, current);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== current) {
    console.error(`${file} is out of date: run npm run openapi and commit the file.`);
    process.exitCode = 1;
  }
}
