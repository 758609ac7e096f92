// Writes the examples of the README into a file that is compiled with the tests.
import { readFileSync, writeFileSync } from 'node:fs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
writeFileSync(new URL('readme.generated.ts', import.meta.url), examples.join('\n'));
