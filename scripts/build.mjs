import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { runQuietly } from './processes/run-quietly.mjs';

// The folders are siblings of dist, because source maps contain relative paths.
const [built, fresh, old] = ['dist', 'dist.new', 'dist.old'];
// File in dist with the digest of the sources.
const stamp = '.sources';
const contract = 'docs/openapi.json';
const apiClient = 'web/src/api';

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  const paths = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return paths.filter((path) => statSync(path).isFile());
}

/** Digest of the contents: modification times are not reliable after a checkout or a copy. */
export function digestOfSources() {
  const hash = createHash('sha256');
  const page = filesIn('web').filter((file) => !file.startsWith(join(apiClient, '')));
  for (const file of ['.swcrc', contract, ...page, ...filesIn('src')].toSorted()) {
    if (!file.endsWith('.spec.ts')) hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** True if `dist` was not built from the current sources. The working directory must be the project. */
export function buildIsStale() {
  const path = join(built, stamp);
  return !existsSync(path) || !existsSync(apiClient) || readFileSync(path, 'utf8') !== digestOfSources();
}

/**
 * Compiles into `dist.new` and renames it to `dist` when it is complete. Until then a server that runs from `dist` keeps its
 * files, and a failed or killed build does not change `dist`.
 * @param {string} node path of the Node.js that runs the compilers
 * @param {{ withPage?: boolean }} [options] without the page, the next command builds again: the page's types come from the
 *   contract, so a new contract must be writable before the page fits it
 */
export async function build(node, { withPage = true } = {}) {
  const digest = digestOfSources();
  /** @param {string} command */
  const run = (command) => runQuietly(node, command.split(' '));
  await run(
    `node_modules/@swc/cli/bin/swc.js src -d ${fresh} --strip-leading-paths --delete-dir-on-start --ignore **/*.spec.ts --config-file .swcrc`,
  );
  if (withPage) {
    await buildPage(run);
    writeFileSync(join(fresh, stamp), digest);
  }
  rmSync(old, { recursive: true, force: true });
  if (existsSync(built)) renameSync(built, old);
  renameSync(fresh, built);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Builds the ranking page with an API client generated from the contract. When page and contract do not match, the type check
 * fails the build.
 * @param {(command: string) => Promise<unknown>} run
 */
async function buildPage(run) {
  const plugins = ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'];
  await run(
    `node_modules/@hey-api/openapi-ts/bin/run.js -i ./${contract} -o ${apiClient} --plugins ${plugins.join(' ')} --silent`,
  );
  await run('node_modules/typescript/bin/tsc -p web');
  await run(`node_modules/vite/bin/vite.js build web --outDir ../${fresh}/web --logLevel error`);
  for (const file of filesIn(join(fresh, 'web', 'assets'))) {
    const content = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(content));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}
