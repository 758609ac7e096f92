// Runs before the other npm scripts, on whatever Node.js (20.0 or newer) npm was started with and in a bare
// clone: nothing here or in what it imports may need a package or a newer function of Node.js.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, buildIsStale } from './build.mjs';
import { done, fail, say } from './progress.mjs';
import { runQuietly } from './run-quietly.mjs';
import { takeTurn } from './single-instance.mjs';

const ownNode = 'node_modules/.bin/node';
// npm writes this file last and removes it early, so that it stands for a complete installation.
const installedLock = 'node_modules/.package-lock.json';

/**
 * @param {string} file
 * @returns {Record<string, { version: string, integrity?: string, optional?: boolean, devOptional?: boolean }>}
 */
function packagesIn(file) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  delete packages['']; // the project itself
  return packages;
}

function isInstalled() {
  if (!existsSync(installedLock)) return false;
  try {
    const wanted = packagesIn('package-lock.json');
    const present = packagesIn(installedLock);
    const same = Object.entries(present).every(
      ([path, { version, integrity }]) =>
        wanted[path]?.version === version && wanted[path].integrity === integrity,
    );
    // Optional ones are absent where they are made for another system.
    return (
      same && Object.entries(wanted).every(([path, it]) => present[path] || it.optional || it.devOptional)
    );
  } catch {
    return false;
  }
}

const stopping = new AbortController();
// Ctrl-C ends npm before our turn ends: it would go on in the folder that the next command then takes.
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(name, () => stopping.abort());
const interruptible = { signal: stopping.signal };

async function install() {
  say('installing dependencies');
  // By us as well: npm empties the folder in no certain order, and may be killed while it does.
  rmSync(installedLock, { force: true });
  const { npm_execpath: npm, npm_node_execpath: node = process.execPath } = process.env;
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--no-progress'];
  // Node.js 20 would cause a long list of warnings about engines.
  args.push('--loglevel=error');
  await (npm ? runQuietly(node, [npm, ...args], interruptible) : runQuietly('npm', args, interruptible));
}

/** @param {string} version */
const isNewEnough = (version) => Number(/^v(\d+)/.exec(version)?.[1]) >= 24;

function usableNode() {
  const own = spawnSync(ownNode, ['--version'], { encoding: 'utf8' });
  if (own.status === 0 && isNewEnough(own.stdout)) return ownNode;
  if (!isNewEnough(process.version)) {
    throw new Error(
      `Node.js 24 or newer is needed: this is ${process.version}, and the one among the dependencies does ` +
        `not run on ${process.platform} ${process.arch}. Please install it, or use "docker compose up".`,
    );
  }
  // npm scripts would find it first, and it can not run here (a system without glibc).
  rmSync(ownNode, { force: true });
  return process.execPath;
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  // One npm command installs and compiles; another that begins meanwhile then finds it done.
  const turn = await takeTurn('node_modules', () => say('waiting for another npm command'));
  if (!isInstalled()) await install();
  const node = usableNode();
  if (buildIsStale()) {
    say('compiling');
    await build(node);
  }
  done();
  turn.close();
  if (stopping.signal.aborted) process.exit(130);
} catch (error) {
  if (!stopping.signal.aborted) fail(error);
  process.exit(stopping.signal.aborted ? 130 : undefined);
}
