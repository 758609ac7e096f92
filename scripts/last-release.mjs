// npm run last-release: builds the last release that CHANGELOG names in .local/release-VERSION, for the test of an upgrade
// (test/e2e/upgrade.e2e-spec.ts). It needs the history of git, and the registry for the packages of that release.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

process.chdir(resolve(import.meta.dirname, '..'));
const [, version] = /^## (\d+\.\d+\.\d+)/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
const folder = `.local/release-${version}`;
const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();

/** The tag; without one, the last commit before changes of the next version were noted. */
function releaseCommit() {
  const tag = `v${version}`;
  if (git('tag', '--list', tag)) return tag;
  const opened = git('log', '-1', '--format=%H', '-S## Unreleased', '--', 'CHANGELOG.md');
  if (!opened || git('rev-parse', '--is-shallow-repository') === 'true')
    throw new Error(`This clone has no history back to ${version}: git fetch --unshallow --tags`);
  return `${opened}^`;
}

if (!existsSync(`${folder}/dist/main.js`)) {
  const commit = releaseCommit();
  const made = `${folder}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', made], { input: archive });
  // It installs its packages and compiles itself.
  execFileSync(process.execPath, ['scripts/prepare.mjs', '--without-page'], { cwd: made, stdio: 'inherit' });
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
}
console.log(`${folder} is the release ${version}.`);
