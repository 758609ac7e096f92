// Fails when a link in a *.md file leads to a file or heading that does not exist, when a claim of docs/security.md names no test, or when package.json, package-lock.json,
// CHANGELOG.md, the OpenAPI document and the label of the image have different versions.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const IGNORED = ['node_modules', 'dist', 'dist.new', 'dist.old', 'coverage', '.local', '.git'];
const read = (/** @type {string} */ file) => readFileSync(file, 'utf8');
/** The text without code, in which brackets are no links. */
const proseOf = (/** @type {string} */ file) => read(file).replaceAll(/^ *```[^]*?^ *```|`[^`\n]*`/gm, '');

/** The anchors that GitHub gives to the headings of a file. */
function anchorsOf(/** @type {string} */ file) {
  const text = read(file).replaceAll(/^```[^]*?^```/gm, '');
  /** @type {Map<string, number>} */
  const counts = new Map();
  return new Set(
    [...text.matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => {
      const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = words.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
      const count = counts.get(anchor) ?? 0;
      counts.set(anchor, count + 1);
      return count > 0 ? `${anchor}-${count}` : anchor;
    }),
  );
}

function brokenLinksIn(/** @type {string} */ file) {
  return [...proseOf(file).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: *(\S+)/gm)].flatMap(
    ([, inline, reference]) => {
      const link = inline ?? reference ?? '';
      if (/^[a-z]+:/.test(link)) return [];
      const [path = '', anchor] = decodeURI(link).split('#');
      const target = path === '' ? file : normalize(join(dirname(file), path));
      if (!existsSync(target)) return [`${file}: there is no ${link}`];
      const hasAnchor = anchor === undefined || (statSync(target).isFile() && anchorsOf(target).has(anchor));
      return hasAnchor ? [] : [`${file}: there is no heading ${link}`];
    },
  );
}

/** Rows of docs/security.md that say "met" without a link or a command that shows it, and links to tests that are not defined. */
function unshownClaims(/** @type {string} */ file) {
  const defined = new Set([...read(file).matchAll(/^\[([^\]]+)\]: /gm)].map(([, name]) => name));
  return read(file)
    .split('\n')
    .filter((row) => /\| met +\|/.test(row))
    .flatMap((row) => {
      const tests = [...row.matchAll(/\[([\w.-]+)\](?![(:])/g)].map(([, name]) => name);
      const isShown = tests.length > 0 || /\]\(|`npm /.test(row);
      return [
        ...(isShown ? [] : [`${file}: nothing shows ${row}`]),
        ...tests.filter((name) => !defined.has(name)).map((name) => `${file}: [${name}] leads nowhere`),
      ];
    });
}

const versions = {
  'package.json': JSON.parse(read('package.json')).version,
  'package-lock.json': JSON.parse(read('package-lock.json')).version,
  'package-lock.json (root package)': JSON.parse(read('package-lock.json')).packages[''].version,
  'CHANGELOG.md': /^## (\d\S*)/m.exec(read('CHANGELOG.md'))?.[1],
  'docs/openapi.json': JSON.parse(read('docs/openapi.json')).info.version,
  Dockerfile: /^ARG VERSION=(\S+)/m.exec(read('Dockerfile'))?.[1],
};
const expected = versions['package.json'];

const faults = [
  ...globSync('**/*.md', {
    exclude: (path) => IGNORED.some((folder) => path.split('/').includes(folder)),
  }).flatMap(brokenLinksIn),
  ...unshownClaims('docs/security.md'),
  ...Object.entries(versions)
    .filter(([, version]) => version !== expected)
    .map(([file, version]) => `${file} has version ${version}, package.json has ${expected}`),
];
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
