// Fails when SQL in src uses a feature that a sharded or distributed database lacks (docs/scaling.md) in a file that is not in its
// list, or when a file in a list no longer uses it. SQL is the text of literals, and what `skipLocked()` stands for.
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** The files of a folder. @param {string} folder @param {string[]} names */
const inFolder = (folder, ...names) => names.map((name) => `src/${folder}/${name}.ts`);
const migrations = (/** @type {string[]} */ ...names) => inFolder('database/migrations', ...names);
const LIKE_PROCEDURES = migrations('20261129000300-like-procedures');

/** The files that may use a feature. @type {Record<string, { sql: RegExp, files: string[] }>} */
const FEATURES = {
  'named locks': {
    sql: /\b(get|release|release_all|is_free|is_used)_locks? ?\(/i,
    files: inFolder('database', 'advisory-lock'),
  },
  KILL: { sql: /^\s*kill\b/i, files: inFolder('database', 'advisory-lock', 'stop-on-abort') },
  'SKIP LOCKED': {
    sql: /\bskip locked\b|\bnowait\b/i,
    files: [
      ...inFolder('database', 'lock-shared-skip-locked'),
      ...inFolder('accounts', 'user.repository'),
      ...inFolder('likes', 'like-event.repository'),
      ...inFolder('properties/write', 'listing.repository'),
      ...inFolder('ranking/worker', 'ranking-writer', 'trust-marks'),
    ],
  },
  'shared row locks': {
    sql: /\block in share mode\b|\bfor share\b/i,
    files: [
      ...inFolder('database', 'lock-shared-skip-locked'),
      ...LIKE_PROCEDURES,
      ...inFolder('likes', 'like-writer'),
      ...inFolder('properties/staff', 'property-editing.repository'),
    ],
  },
  'foreign keys': {
    sql: /\bforeign key\b.*\breferences\b|\bdrop foreign key\b/i,
    files: migrations(
      '20261122000000-legacy-schema',
      '20261122000200-search-tables',
      '20261122000300-accounts',
      '20261122000400-likes',
      '20261127000000-ranking',
      '20261129000520-sign-ins',
      '20261129000530-account-life',
      '20261129000540-sign-in',
      '20261129000600-prices',
      '20261129000660-confirmations',
      'online-migration',
    ),
  },
  FULLTEXT: {
    sql: /\bfulltext (key|index)\b|^fulltext$|\bagainst ?\(/i,
    files: [
      ...migrations('20261122000200-search-tables', 'migration-plan'),
      ...inFolder('properties', 'model/search.entity', 'search/words-sql'),
    ],
  },
  procedures: {
    sql: /\bcreate (procedure|function)\b|^\s*call\s/i,
    files: [...LIKE_PROCEDURES, ...inFolder('likes', 'like-writer')],
  },
  AUTO_INCREMENT: {
    sql: /\bauto_increment\b|\blast_insert_id\b/i,
    files: [
      ...inFolder('adoption', 'adoption.repository'),
      ...inFolder('database', 'after-restore'),
      ...migrations(
        '20261122000000-legacy-schema',
        '20261122000300-accounts',
        '20261122000400-likes',
        '20261127000100-catch-up',
        '20261129000530-account-life',
        '20261129000630-saved-searches',
      ),
    ],
  },
  JSON_TABLE: {
    sql: /\bjson_table ?\(/i,
    files: [
      ...migrations('20261129000400-windows-of-two-days'),
      ...inFolder(
        'properties',
        'search-index/price-log',
        'search-index/change-log',
        'search-index/search-writer',
        'write/listing.repository',
      ),
    ],
  },
  'index and join hints': {
    sql: /\bstraight_join\b|\b(force|use|ignore) index\b/i,
    files: [
      ...inFolder('database', 'lock-shared-skip-locked'),
      ...LIKE_PROCEDURES,
      ...migrations('20261129000400-windows-of-two-days'),
      ...inFolder('legacy-sync', 'legacy-sync-reader'),
      ...inFolder('likes', 'like-event.repository', 'like-writer'),
      ...inFolder(
        'properties',
        'facets/column.repository',
        'saved/new-properties.repository',
        'search-index/change-log',
        'search-index/price-log',
        'write/listing.repository',
      ),
      ...inFolder('properties/search', 'page-rows', 'page-sql', 'relevance.repository'),
      ...inFolder('ranking/read', 'ranking-query', 'ranking.repository'),
      ...inFolder('ranking/worker', 'change-feed', 'likes-reader', 'trust-evidence', 'trust-marks'),
      ...inFolder('ranking/trust', 'trust.repository'),
    ],
  },
  'window functions': {
    sql: /\bover ?\(/i,
    files: [
      ...inFolder('adoption', 'adoption.repository'),
      ...migrations('20261129000520-sign-ins'),
      ...inFolder('likes', 'like-changes.repository'),
      ...inFolder('ranking/worker', 'likes-reader'),
    ],
  },
  'DDL with an algorithm': { sql: /\balgorithm ?=/i, files: migrations('online-migration') },
  'triggers and events': { sql: /\bcreate (trigger|event)\b/i, files: [] },
  'temporary tables': { sql: /\btemporary table\b|\bcreate table\b[^;]*\bselect\b/i, files: [] },
  'table locks': { sql: /\b(un)?lock tables?\b/i, files: [] },
  'SERIALIZABLE and XA': { sql: /\bserializable\b|^\s*xa\s/i, files: [] },
  'user variables': { sql: /(?<![@\w.])@[a-z_]\w* *:=|\bset @\w/i, files: [] },
  'spatial types': { sql: /\bst_[a-z]+ ?\(|\bspatial\b/i, files: [] },
  partitions: { sql: /\bpartition by (range|list|hash|key)\b/i, files: [] },
  'files of the server': { sql: /\bload data\b|\binto (out|dump)file\b/i, files: [] },
};

/** Methods of Kysely. @type {Record<string, string>} */
const SQL_OF_METHODS = {
  skipLocked: 'skip locked',
  noWait: 'nowait',
  forShare: 'for share',
  forKeyShare: 'for share',
};

/** The text of each literal, in which a value of a template is `?`, and the SQL of methods. */
function sqlTextsOf(/** @type {string} */ file) {
  /** @type {string[]} */
  const texts = [];
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node))
      texts.push(node.head.text + node.templateSpans.map(({ literal }) => `?${literal.text}`).join(''));
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
      texts.push(SQL_OF_METHODS[node.expression.name.text] ?? '');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  return texts;
}

const sources = new Map(
  globSync('src/**/*.ts', { exclude: (path) => path.endsWith('.spec.ts') })
    .toSorted()
    .map((file) => [file, sqlTextsOf(file)]),
);
const faults = Object.entries(FEATURES).flatMap(([feature, { sql, files }]) => {
  const users = [...sources].flatMap(([file, texts]) => (texts.some((text) => sql.test(text)) ? [file] : []));
  return [
    ...users.filter((file) => !files.includes(file)).map((file) => `${file} uses ${feature}`),
    ...files.filter((file) => !users.includes(file)).map((file) => `${file} no longer uses ${feature}`),
  ];
});
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
