// Builds and tests the client in typescript/, generates a client with each generator, compiles them, and runs one session with
// each client against a running service. The service needs demo data, and limits for ten sessions:
//   RATE_LIMIT_SIGN_IN_PER_MINUTE=100 RATE_LIMIT_REGISTER_PER_HOUR=100 npm start
//   node clients/check.mjs http://localhost:8000
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const [baseUrl = 'http://localhost:8000'] = process.argv.slice(2);
const here = import.meta.dirname;
// The generators need the Node.js of the app.
const PATH = [join(here, '../node_modules/.bin'), process.env.PATH].join(delimiter);
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const MOST_LINES = 40;
let [passed, failed] = [0, 0];

/** @param {string} label @param {boolean} isRight */
function count(label, isRight) {
  if (isRight) passed++;
  else failed++;
  console.log(`${isRight ? 'passed' : 'FAILED'}: ${label}`);
}

/**
 * @param {string} folder below clients/
 * @param {string[]} command
 * @returns {Promise<{ isRight: boolean, output: string }>}
 */
function run(folder, ...[program = '', ...args]) {
  const env = { ...process.env, PATH, BASE_URL: baseUrl, NO_COLOR: '1' };
  const child = spawn(program, args, { cwd: join(here, folder), env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) => resolve({ isRight: status === 0, output }));
  });
}

/** Ends the process when the command fails: what follows needs it. @param {string} label @param {string} folder @param {string[]} command */
async function need(label, folder, ...command) {
  const { isRight, output } = await run(folder, ...command);
  count(label, isRight);
  if (!isRight) console.error(output.split('\n').slice(0, MOST_LINES).join('\n'));
  if (!isRight) end();
}

/** Adds the counts that the command prints. @param {string} label @param {RegExp} counts @param {string} folder @param {string[]} command */
async function add(label, counts, folder, ...command) {
  const { isRight, output } = await run(folder, ...command);
  const [, right = 0, wrong = 0] = counts.exec(output) ?? [];
  passed += Number(right);
  failed += Number(wrong);
  count(`${label}: ${right} passed, ${wrong} failed`, isRight && Number(right) > 0 && Number(wrong) === 0);
  if (!isRight || Number(wrong) > 0) console.error(output.split('\n').slice(-MOST_LINES).join('\n'));
}

function end() {
  console.log(`clients: ${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

/** @param {string} path */
const versionIn = (path) => JSON.parse(readFileSync(join(here, path), 'utf8')).version;

count(
  'client and service have the same version',
  versionIn('typescript/package.json') === versionIn('../package.json'),
);
await need('npm ci', '.', 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');

await need('the client builds', 'typescript', 'npm', 'run', 'build');
await add('tests of the client', /pass (\d+)\n.*fail (\d+)/, 'typescript', 'npm', 'test');

rmSync(join(here, 'generators/generated'), { recursive: true, force: true });
for (const generator of ['openapi-typescript', 'hey-api', 'orval', 'swagger-typescript-api']) {
  await need(`${generator} generates`, 'generators', 'npm', 'run', generator);
}
await need('the generated clients compile', 'generators', 'npm', 'run', 'compile');
const session = `import('./generated/run.js').then(({ runAll }) => runAll('${baseUrl}'))`;
await add('sessions', /: (\d+) passed, (\d+) failed\n$/, 'generators', 'node', '-e', session);
const browser = BROWSERS.find((program) => spawnSync(program, ['--version']).status === 0);
if (browser) {
  await add(
    'session in a browser',
    /: (\d+) passed, (\d+) failed\n$/,
    'generators',
    'node',
    'browser.mjs',
    browser,
    baseUrl,
  );
} else {
  console.log('skipped: session in a browser (install chromium)');
}
end();
