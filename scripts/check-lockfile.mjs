// Fails when package-lock.json lacks a platform's package: npm install leaves out those that a registry does not
// have, without a word, and npm ci then refuses the whole file.
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
