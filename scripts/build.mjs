import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { runQuietly } from './run-quietly.mjs';

// Beside dist and as deep, because source maps hold relative paths.
const [built, fresh, old] = ['dist', 'dist.new', 'dist.old'];
const stamp = '.sources';
const contract = 'docs/openapi.json';
const client = 'web/src/api';

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

// By content: a checkout or a copy changes times and nothing else, or content and no time.
export function digestOfSources() {
  const hash = createHash('sha256');
  const page = filesIn('web').filter((file) => !file.startsWith(join(client, '')));
  for (const file of ['.swcrc', contract, ...page, ...filesIn('src')].toSorted()) {
    if (!file.endsWith('.spec.ts')) hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** True if `dist` is not what the sources say. The working directory is the clone. */
export function buildIsStale() {
  const path = join(built, stamp);
  return !existsSync(path) || !existsSync(client) || readFileSync(path, 'utf8') !== digestOfSources();
}

/**
 * Compiles into a folder of its own and swaps it in when complete: a server that runs from `dist` keeps its
 * files until then, and a failed or killed build leaves the last one standing.
 * @param {string} node that runs the compilers
 */
export async function build(node) {
  const digest = digestOfSources();
  /** @param {string} command */
  const run = (command) => runQuietly(node, command.split(' '));
  await run(
    `node_modules/@swc/cli/bin/swc.js src -d ${fresh} --strip-leading-paths --delete-dir-on-start --ignore **/*.spec.ts --config-file .swcrc`,
  );
  await buildPage(run);
  writeFileSync(join(fresh, stamp), digest);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(built)) renameSync(built, old);
  renameSync(fresh, built);
  rmSync(old, { recursive: true, force: true });
}

/**
 * The page of the ranking, with a client made of the contract: where they do not fit each other, the types do not, and nothing is
 * built.
 * @param {(command: string) => Promise<unknown>} run
 */
async function buildPage(run) {
  const plugins = ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'];
  await run(
    `node_modules/@hey-api/openapi-ts/bin/run.js -i ./${contract} -o ${client} --plugins ${plugins.join(' ')} --silent`,
  );
  await run('node_modules/typescript/bin/tsc -p web');
  await run(`node_modules/vite/bin/vite.js build web --outDir ../${fresh}/web --logLevel error`);
  for (const file of filesIn(join(fresh, 'web', 'assets'))) {
    const content = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(content));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}
