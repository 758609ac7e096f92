// Runs the commands in the console blocks of these documents against a running service and compares their output. `…` matches
// any text. A line that begins with two blanks continues the command. Blocks marked `console listings` need the folder in
// LISTINGS, which is not part of the project; without LISTINGS these blocks are skipped. All `js` blocks of a document are
// one program, whose output is the comments after its calls of console.log.
//   node scripts/checks/documented-commands.mjs http://localhost:8000
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const DOCUMENTS = ['README.md', 'docs/tour.md', 'docs/front-ends.md', 'docs/analysts.md'];

const [base = 'http://localhost:8000'] = process.argv.slice(2);
/** @type {(readonly [file: string, needsListings: string | undefined, text: string])[]} */
const blocks = DOCUMENTS.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```console( listings)?\n([^]*?)^```$/gm)].map(
    ([, needsListings, text = '']) => /** @type {const} */ ([file, needsListings, text]),
  ),
);
let [passed, failed, skipped] = [0, 0, 0];

/**
 * @param {string} name
 * @param {readonly [program: string, ...args: string[]]} command
 * @param {string} expected
 */
function run(name, [program, ...args], expected) {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  const pattern = expected
    .trim()
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('…', '[^]*');
  const printed = stdout.replaceAll('\r', '').replaceAll(base, 'http://localhost:8000').trim();
  if (status === 0 && new RegExp(`^${pattern}$`).test(printed)) {
    passed++;
    return;
  }
  failed++;
  console.error(`${name}\nshould print\n${expected.trim()}`);
  console.error(`and printed (status ${status})\n${printed}\n${stderr}`);
}

for (const [file, needsListings, text] of blocks) {
  for (const entry of text.split(/^\$ /m).slice(1)) {
    const [, command = '', expected = ''] = /^(.*(?:\n {2}.*)*)\n?([^]*)$/.exec(entry) ?? [];
    if (needsListings && !process.env.LISTINGS) {
      skipped++;
      continue;
    }
    run(`${file}: $ ${command}`, ['bash', '-c', command.replaceAll('http://localhost:8000', base)], expected);
  }
}

for (const file of DOCUMENTS) {
  const blocksOfFile = [...readFileSync(file, 'utf8').matchAll(/^```js\n([^]*?)^```$/gm)];
  const program = blocksOfFile
    .map(([, text = '']) => text.replaceAll('http://localhost:8000', base))
    .join('');
  const output = [...program.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)]
    .map(([, line]) => line)
    .join('\n');
  if (program) run(`${file}: its scripts`, ['node', '--input-type=module', '--eval', program], output);
}
console.log(`documented commands: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
