import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './run-quietly.mjs';

// Beside dist and as deep, because source maps hold relative paths.
const [built, fresh, old] = ['dist', 'dist.new', 'dist.old'];
const stamp = '.sources';

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
  for (const file of ['.swcrc', ...filesIn('src').toSorted()]) {
    if (!file.endsWith('.spec.ts')) hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** True if `dist` is not what the sources say. The working directory is the clone. */
export function buildIsStale() {
  const path = join(built, stamp);
  return !existsSync(path) || readFileSync(path, 'utf8') !== digestOfSources();
}

/**
 * Compiles into a folder of its own and swaps it in when complete: a server that runs from `dist` keeps its
 * files until then, and a failed or killed build leaves the last one standing.
 * @param {string} node that runs the compiler
 */
export async function build(node) {
  const digest = digestOfSources();
  const where = `src -d ${fresh} --strip-leading-paths --delete-dir-on-start --ignore **/*.spec.ts`;
  const args = `node_modules/@swc/cli/bin/swc.js ${where} --config-file .swcrc`;
  await runQuietly(node, args.split(' '));
  writeFileSync(join(fresh, stamp), digest);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(built)) renameSync(built, old);
  renameSync(fresh, built);
  rmSync(old, { recursive: true, force: true });
}
