// Checks all lockfiles without the registry: the licence of each package is in the list, no package of production has a licence of the
// longer list for tools, each package comes from the registry of npm and has its hash, and allowScripts of package.json decides about each
// install script.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

// prettier-ignore
const LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT',
  'MIT-0', 'Python-2.0', 'Unlicense'];
/** Licences of packages that only build or test. They are not in the image. */
const LICENCES_OF_TOOLS = [...LICENCES, 'Artistic-2.0', 'CC-BY-3.0', 'CC-BY-4.0', 'MPL-2.0', 'WTFPL'];
/** Packages without a `license` field, and the licence in their files. */
const LICENCE_OF = { reserved: 'MIT' };
/** @param {string} licence an SPDX expression without nested brackets @param {readonly string[]} allowed */
const isAllowed = (licence, allowed) => {
  const parts = licence.replaceAll(/[()]/g, '').split(' AND ');
  return parts.every((part) => part.split(' OR ').some((name) => allowed.includes(name)));
};

const faults = [];
const { stdout } = spawnSync('git', ['ls-files', '*package-lock.json'], { encoding: 'utf8' });
const files = stdout.split('\n').filter(Boolean);
for (const file of files) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  const { allowScripts = {} } = JSON.parse(
    readFileSync(file.replace('package-lock.json', 'package.json'), 'utf8'),
  );
  for (const [path, it] of Object.entries(packages)) {
    if (!path.includes('node_modules/') || it.link) continue;
    const name = path.split('node_modules/').pop() ?? '';
    const licence = it.license ?? LICENCE_OF[/** @type {keyof typeof LICENCE_OF} */ (name)] ?? 'none';
    const isTool = it.dev || it.devOptional || file !== 'package-lock.json';
    if (!isAllowed(licence, isTool ? LICENCES_OF_TOOLS : LICENCES))
      faults.push(`${file}: ${name} has the licence ${licence}`);
    if (it.hasInstallScript && allowScripts[name] === undefined)
      faults.push(`${file}: ${name} has an install script that allowScripts of package.json does not name`);
    if (it.resolved && !it.resolved.startsWith('https://registry.npmjs.org/'))
      faults.push(`${file}: ${name} is not from the registry of npm`);
    if (!it.integrity && !it.inBundle) faults.push(`${file}: ${name} has no hash`);
  }
}
if (files.length === 0) faults.push('there is no lockfile in git');
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
