// Fails when package-lock.json lacks the package of a platform. npm install silently omits optional packages that the
// registry does not have, and npm ci then refuses the file.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const names = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()));
const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !names.has(name))
    .map((name) => `${name} (of ${path})`),
);
if (missing.length > 0) {
  console.error(`package-lock.json lacks:\n${missing.join('\n')}`);
  process.exitCode = 1;
}
