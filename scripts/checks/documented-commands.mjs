// Runs the commands in the console blocks of README.md and docs/tour.md against a running service and compares their output.
// `…` matches any text. A line that begins with two blanks continues the command. Blocks marked `console listings` need the
// folder in LISTINGS, which is not part of the project; without LISTINGS these blocks are skipped.
//   node scripts/checks/documented-commands.mjs http://localhost:8000
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [base = 'http://localhost:8000'] = process.argv.slice(2);
/** @type {(readonly [file: string, needsListings: string | undefined, text: string])[]} */
const blocks = ['README.md', 'docs/tour.md'].flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```console( listings)?\n([^]*?)^```$/gm)].map(
    ([, needsListings, text = '']) => /** @type {const} */ ([file, needsListings, text]),
  ),
);
let [passed, failed, skipped] = [0, 0, 0];

for (const [file, needsListings, text] of blocks) {
  for (const entry of text.split(/^\$ /m).slice(1)) {
    const [, command = '', expected = ''] = /^(.*(?:\n {2}.*)*)\n?([^]*)$/.exec(entry) ?? [];
    if (needsListings && !process.env.LISTINGS) {
      skipped++;
      continue;
    }
    const shell = command.replaceAll('http://localhost:8000', base);
    const { stdout, stderr, status } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
    const pattern = expected
      .trim()
      .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('…', '[^]*');
    const printed = stdout.replaceAll('\r', '').replaceAll(base, 'http://localhost:8000').trim();
    if (status === 0 && new RegExp(`^${pattern}$`).test(printed)) {
      passed++;
      continue;
    }
    failed++;
    console.error(`${file}: $ ${command}\nshould print\n${expected.trim()}`);
    console.error(`and printed (status ${status})\n${printed}\n${stderr}`);
  }
}
console.log(`documented commands: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
