// Checks the OpenAPI document: two linters, and no breaking change since the last release unless the version says so.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { breakingChanges, mayBreak } from './breaking-changes.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const DOCUMENT = 'docs/openapi.json';
const RELEASES = 'docs/releases';
const INSTALLED = `${folder}node_modules/.package-lock.json`;

process.chdir(fileURLToPath(new URL('../../..', import.meta.url)));

/** @param {string} command @param {string[]} args @param {string} [cwd] */
function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) {
    console.error(`${stdout}${stderr}`);
    process.exit(1);
  }
}

/** @param {string} file @returns {Record<string, any>} */
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** @returns {boolean} whether the installed packages are those of the lockfile */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const { packages } = read(`${folder}package-lock.json`);
  return Object.entries(read(INSTALLED).packages).every(
    ([path, { version }]) => packages[path]?.version === version,
  );
}

if (!isInstalled())
  run(
    'npm',
    ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    folder,
  );
const bin = `${folder}node_modules/.bin`;
run(`${bin}/spectral`, ['lint', '-r', `${folder}spectral.yaml`, '--fail-severity=warn', DOCUMENT]);
run(`${bin}/redocly`, ['lint', '--config', `${folder}redocly.yaml`, DOCUMENT]);

const last = readdirSync(RELEASES)
  .map((name) => name.replace('.json', ''))
  .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .at(-1);
const { version } = read('package.json');
if (last) {
  const changes = breakingChanges(read(`${RELEASES}/${last}.json`), read(DOCUMENT));
  if (changes.length > 0 && !mayBreak(last, version)) {
    console.error(`Version ${version} may not break clients of ${last}:\n${changes.join('\n')}`);
    process.exitCode = 1;
  }
}
