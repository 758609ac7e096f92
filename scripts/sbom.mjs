// Prints the CycloneDX SBOM of the image: the production packages of package-lock.json. It needs neither the registry nor node_modules.
// `npm sbom --omit=dev` in the project itself leaves out packages that a development package needs too, such as mysql2.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param {string} file */
const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
const { devDependencies: _, optionalDependencies: _2, ...manifest } = read('package.json');
const lock = read('package-lock.json');
lock.packages[''] = manifest;
for (const [path, { dev, optional, devOptional }] of Object.entries(lock.packages))
  if (dev || optional || devOptional) delete lock.packages[path];

const parent = mkdtempSync(join(tmpdir(), 'sbom-'));
// npm takes the name of the SBOM from the folder.
const folder = join(parent, manifest.name);
try {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const { stdout } = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {{ components: { 'bom-ref': string }[] }} */
  const { components } = JSON.parse(stdout);
  const listed = new Set(components.map((component) => component['bom-ref'].replace(/\|.*/, '')));
  const missing = Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, { version }]) => `${path.split('node_modules/').pop()}@${version}`)
    .filter((name) => !listed.has(name));
  if (missing.length > 0) throw new Error(`The SBOM lacks ${missing.join(', ')}`);
  process.stdout.write(stdout);
} finally {
  rmSync(parent, { recursive: true });
}
