// Builds and tests the client in typescript/, generates a client with each generator, compiles them, and runs one session with
// each client against a running service. The service needs demo data, and limits for ten sessions:
//   RATE_LIMIT_SIGN_IN_PER_MINUTE=100 RATE_LIMIT_REGISTER_PER_HOUR=100 npm start
//   node clients/check.mjs http://localhost:8000
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const [baseUrl = 'http://localhost:8000'] = process.argv.slice(2);
const here = import.meta.dirname;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const COUNTS = /(\d+) passed, (\d+) failed|pass (\d+)\n.*fail (\d+)/;
const MOST_CHARACTERS = 5_000;
// The generators need the Node.js of the app.
const PATH = [join(here, '../node_modules/.bin'), process.env.PATH].join(delimiter);
let [passed, failed] = [0, 0];

/** @param {string} label @param {boolean} isRight */
function count(label, isRight) {
  if (isRight) passed++;
  else failed++;
  console.log(`${isRight ? 'passed' : 'FAILED'}: ${label}`);
}

/** Counts the command and what it counts itself. @param {string} label @param {string} folder @param {string} command */
function check(label, folder, command) {
  const [program = '', ...args] = command.split(' ');
  const env = { ...process.env, PATH, BASE_URL: baseUrl, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: join(here, folder),
    env,
    encoding: 'utf8',
  });
  const [, ...counts] = COUNTS.exec(stdout) ?? [];
  const [right = 0, wrong = 0] = counts.filter(Boolean).map(Number);
  passed += right;
  failed += wrong;
  const isRight = status === 0 && wrong === 0;
  count(right + wrong > 0 ? `${label}: ${right} passed, ${wrong} failed` : label, isRight);
  if (!isRight) console.error(`${stdout}${stderr}`.slice(-MOST_CHARACTERS));
  return isRight;
}

/** @param {string} file @returns {string} */
const versionIn = (file) => JSON.parse(readFileSync(join(here, file), 'utf8')).version;
const sameVersion = versionIn('typescript/package.json') === versionIn('../package.json');
count('client and service have the same version', sameVersion);

rmSync(join(here, 'generators/generated'), { recursive: true, force: true });
const isReady =
  check('npm ci', '.', 'npm ci --ignore-scripts --no-audit --no-fund') &&
  check('the client builds', 'typescript', 'npm run build') &&
  check('openapi-typescript generates', 'generators', 'npm run openapi-typescript') &&
  check('@hey-api/openapi-ts generates', 'generators', 'npm run hey-api') &&
  check('orval generates', 'generators', 'npm run orval') &&
  check('swagger-typescript-api generates', 'generators', 'npm run swagger-typescript-api') &&
  check('the generated clients compile', 'generators', 'npm run compile');
if (isReady) {
  check('the tests of the client', 'typescript', 'npm test');
  check('the sessions', 'generators', `node generated/run.js ${baseUrl}`);
  const browser = BROWSERS.find((program) => spawnSync(program, ['--version']).status === 0);
  if (browser) check('the session in a browser', 'generators', `node browser.mjs ${browser} ${baseUrl}`);
  else console.log('skipped: the session in a browser (install chromium)');
}
console.log(`clients: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
