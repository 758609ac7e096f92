// Installs the dependencies and compiles, before the other npm scripts. It runs with the Node.js of npm (20.0 or newer) and
// without node_modules, so this file and its imports may use neither packages nor newer functions of Node.js.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, buildIsStale } from './build.mjs';
import { done, fail, say } from './progress.mjs';
import { stopOnSignals } from './processes/run-node.mjs';
import { runQuietly } from './processes/run-quietly.mjs';
import { takeTurn } from './processes/single-instance.mjs';

const ownNode = 'node_modules/.bin/node';
// npm writes this file last and removes it first: it exists only in a complete installation.
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
    // Optional packages for other systems are absent.
    return (
      same && Object.entries(wanted).every(([path, it]) => present[path] || it.optional || it.devOptional)
    );
  } catch {
    return false;
  }
}

// Ctrl-C ends npm first. Without this signal an installation would continue while the next command takes the turn.
const stop = stopOnSignals();

async function install() {
  say('installing dependencies');
  // npm deletes files in any order and may be killed meanwhile, so this file must go first.
  rmSync(installedLock, { force: true });
  const { npm_execpath: npm, npm_node_execpath: node = process.execPath } = process.env;
  // No package needs its install script. npm before 11 does not know `allowScripts`, so all are off.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional'];
  args.push('--no-audit', '--no-fund', '--no-progress');
  // With Node.js 20 npm would print many warnings about engines.
  args.push('--loglevel=error');
  await (npm
    ? runQuietly(node, [npm, ...args], { signal: stop })
    : runQuietly('npm', args, { signal: stop }));
}

/** @param {string} version */
const isNewEnough = (version) => Number(/^v(\d+)/.exec(version)?.[1]) >= 24;

function usableNode() {
  const own = spawnSync(ownNode, ['--version'], { encoding: 'utf8' });
  if (own.status === 0 && isNewEnough(own.stdout)) return ownNode;
  if (!isNewEnough(process.version)) {
    throw new Error(
      `Node.js 24 or newer is needed: this is ${process.version}, and the Node.js in the dependencies does ` +
        `not run on ${process.platform} ${process.arch}. Please install it, or use "docker compose up".`,
    );
  }
  // npm scripts would find this Node.js first, and it does not run here (a system without glibc).
  rmSync(ownNode, { force: true });
  return process.execPath;
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
try {
  // One npm command at a time installs and compiles. Others wait and then have nothing to do.
  const turn = await takeTurn('node_modules', () => say('waiting for another npm command'));
  if (!isInstalled()) await install();
  const node = usableNode();
  if (buildIsStale()) {
    say('compiling');
    await build(node, { withPage: !process.argv.includes('--without-page') });
  }
  done();
  turn.close();
} catch (error) {
  if (!stop.aborted) fail(error);
}
process.exit(stop.aborted ? 130 : undefined);
