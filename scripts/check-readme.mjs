// Runs the commands of README.md's console blocks against a running service and compares what they print: `…` stands
// for anything. A command goes on in lines that begin with two blanks. Blocks marked `console listings` need the folder of real listings that LISTINGS names, which is not
// part of the project, and are left out without it.
//   node scripts/check-readme.mjs http://localhost:8000
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [base = 'http://localhost:8000'] = process.argv.slice(2);
const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```console( listings)?\n([^]*?)^```$/gm)];
let [passed, failed, skipped] = [0, 0, 0];

for (const [, needsListings, text = ''] of blocks) {
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
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*');
    const printed = stdout.replaceAll('\r', '').replaceAll(base, 'http://localhost:8000').trim();
    if (status === 0 && new RegExp(`^${pattern}$`).test(printed)) {
      passed++;
    } else {
      failed++;
      console.error(
        `README.md: $ ${command}\nshould print\n${expected.trim()}\nand printed (status ${status})\n${printed}\n${stderr}`,
      );
    }
  }
}
console.log(`README commands: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
