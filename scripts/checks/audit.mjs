// Asks the registry for known vulnerabilities of the production packages. Exit code 0: none of severity high or critical; 1: some;
// 2: the registry did not answer, so nothing is known.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
/** @type {{ vulnerabilities?: Record<string, { severity: string, via: (string | { title: string, url: string })[] }> }} */
const { vulnerabilities } = JSON.parse(stdout || '{}');
if (!vulnerabilities) {
  console.error('The registry of npm did not answer the audit: nothing was checked.');
  process.exitCode = 2;
} else {
  const found = Object.entries(vulnerabilities);
  for (const [name, { severity, via }] of found)
    for (const advisory of via)
      if (typeof advisory !== 'string')
        console.log(`${severity}: ${name}: ${advisory.title} ${advisory.url}`);
  const isBad = found.some(([, { severity }]) => severity === 'high' || severity === 'critical');
  console.log(`${found.length} packages with known vulnerabilities`);
  process.exitCode = isBad ? 1 : 0;
}
