import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One violation per rule: the file that breaks it and its forbidden import. */
const VIOLATIONS: readonly [rule: string, file: string, imported: string][] = [
  ['properties-uses-only-its-own', 'src/properties/a.ts', '../import/a.js'],
  ['likes-uses-only-its-own', 'src/likes/a.ts', '../import/b.js'],
  ['ranking-uses-only-its-own', 'src/ranking/a.ts', '../import/b.js'],
  ['legacy-sync-uses-only-its-own', 'src/legacy-sync/a.ts', '../import/b.js'],
  ['adoption-uses-only-its-own', 'src/adoption/a.ts', '../import/b.js'],
  ['import-uses-only-its-own', 'src/import/a.ts', '../ops/b.js'],
  ['demo-uses-only-its-own', 'src/demo/a.ts', '../import/b.js'],
  ['privacy-uses-only-its-own', 'src/privacy/a.ts', '../import/b.js'],
  ['ops-uses-only-its-own', 'src/ops/a.ts', '../properties/b.js'],
  ['properties-model-uses-only-its-own', 'src/properties/model/a.ts', '../search/b.js'],
  ['properties-dto-uses-only-its-own', 'src/properties/dto/a.ts', '../staff/b.js'],
  ['properties-search-index-uses-only-its-own', 'src/properties/search-index/a.ts', '../search/b.js'],
  ['properties-search-uses-only-its-own', 'src/properties/search/a.ts', '../read/b.js'],
  ['properties-facets-uses-only-its-own', 'src/properties/facets/a.ts', '../read/b.js'],
  ['properties-changes-uses-only-its-own', 'src/properties/changes/a.ts', '../staff/b.js'],
  ['properties-saved-uses-only-its-own', 'src/properties/saved/a.ts', '../staff/b.js'],
  ['properties-map-uses-only-its-own', 'src/properties/map/a.ts', '../staff/b.js'],
  ['properties-statistics-uses-only-its-own', 'src/properties/statistics/a.ts', '../staff/b.js'],
  ['properties-read-uses-only-its-own', 'src/properties/read/a.ts', '../staff/b.js'],
  ['properties-write-uses-only-its-own', 'src/properties/write/a.ts', '../search/b.js'],
  ['properties-staff-uses-only-its-own', 'src/properties/staff/a.ts', '../search/b.js'],
  ['ranking-model-uses-only-its-own', 'src/ranking/model/a.ts', '../read/b.js'],
  ['ranking-read-uses-only-its-own', 'src/ranking/read/a.ts', '../worker/b.js'],
  ['ranking-worker-uses-only-its-own', 'src/ranking/worker/a.ts', '../read/b.js'],
  ['ranking-trust-uses-only-its-own', 'src/ranking/trust/a.ts', '../read/b.js'],
  ['properties-hides-its-sql', 'src/likes/c.ts', '../properties/search/b.js'],
  ['ranking-filters-as-search-does', 'src/ranking/c.ts', '../properties/read/b.js'],
  ['background-knows-no-feature', 'src/background/a.ts', '../properties/b.js'],
  ['http-knows-no-feature', 'src/http/a.ts', '../database/b.js'],
  ['config-stands-alone', 'src/config/a.ts', '../http/b.js'],
  ['text-stands-alone', 'src/text/a.ts', '../http/b.js'],
  ['tracing-knows-no-feature', 'src/tracing/a.ts', '../http/b.js'],
  ['cluster-stands-alone', 'src/cluster/a.ts', '../http/b.js'],
  ['metrics-knows-no-feature', 'src/metrics/a.ts', '../http/b.js'],
  ['cache-knows-no-feature', 'src/cache/a.ts', '../properties/b.js'],
  ['database-knows-only-entities', 'src/database/a.ts', '../properties/b.js'],
  ['accounts-knows-no-feature', 'src/accounts/a.ts', '../properties/b.js'],
  ['mail-knows-no-feature', 'src/mail/a.ts', '../http/b.js'],
  ['security-knows-no-feature', 'src/security/a.ts', '../database/b.js'],
  ['only-commands-and-app-assemble', 'src/properties/c.ts', '../create-app.js'],
  ['src-not-to-test', 'src/properties/d.ts', '../../test/support.js'],
  ['no-cycles', 'src/properties/e.ts', './f.js'],
  ['no-development-packages-in-src', 'src/properties/g.ts', 'prettier'],
];

/** Folders whose file is the target of a forbidden import. */
const ROOMS = ['properties/search', 'properties/staff', 'properties/read', 'ranking/read', 'ranking/worker'];

let folder: string;
let broken: { rule: { name: string }; from: string }[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.js'])
    cpSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const write = (file: string, text: string): void => {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const [, file, imported] of VIOLATIONS) write(file, `import '${imported}';\n`);
  for (const feature of [...ROOMS, 'import', 'ops', 'properties', 'http', 'database'])
    write(`src/${feature}/b.ts`, '');
  write('src/properties/f.ts', "import './e.js';\n");
  write('src/create-app.ts', '');
  write('test/support.ts', '');
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--output-type',
      'json',
      'src',
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  broken = (JSON.parse(stdout) as { summary: { violations: typeof broken } }).summary.violations;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the module boundaries', () => {
  it.each(VIOLATIONS)('rule %s reports %s, which imports %s', (rule, file) => {
    expect(broken).toContainEqual(
      expect.objectContaining({ rule: expect.objectContaining({ name: rule }), from: file }),
    );
  });

  it('give every folder of src a rule', async () => {
    const { default: config } = (await import(join(ROOT, '.dependency-cruiser.js'))) as {
      default: { forbidden: { from: { path?: string } }[] };
    };
    const ruled = new Set(config.forbidden.map(({ from }) => from.path));
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    // Commands and the handlers of Lambda assemble the app, so they may import everything.
    for (const { name } of folders.filter(({ name }) => name !== 'commands' && name !== 'lambda'))
      expect(ruled).toContain(`^src/${name}/`);
  });

  it('have a violation here for every rule', async () => {
    const { default: config } = (await import(join(ROOT, '.dependency-cruiser.js'))) as {
      default: { forbidden: { name: string }[] };
    };
    expect([...new Set(VIOLATIONS.map(([rule]) => rule))].toSorted()).toEqual(
      config.forbidden.map(({ name }) => name).toSorted(),
    );
  });
});
