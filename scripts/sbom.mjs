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
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(parent, { recursive: true });
}
