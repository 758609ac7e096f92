// The arrows between modules. test/contract/boundaries.spec.ts shows each rule red on a file that breaks it.

/** Feature folders and what each may use beside itself and what all share. */
const FEATURES = {
  properties: [],
  likes: ['properties'],
  ranking: ['likes', 'properties'],
  'legacy-sync': ['likes', 'properties'],
  adoption: ['properties'],
  import: ['properties'],
  demo: ['properties', 'likes'],
  ops: [],
};
const SHARED = ['background', 'accounts', 'http', 'database', 'cache', 'metrics', 'text', 'config'];

const features = Object.entries(FEATURES).map(([feature, uses]) => ({
  name: `${feature}-uses-only-its-own`,
  comment: `src/${feature} may use ${[...uses, ...SHARED].join(', ')} only`,
  severity: 'error',
  from: { path: `^src/${feature}/` },
  to: { path: '^src/', pathNot: [feature, ...uses, ...SHARED].map((folder) => `^src/${folder}/`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...features,
    {
      name: 'http-knows-no-feature',
      comment: 'http is about HTTP: no domain word, no technology below it',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/', pathNot: '^src/(http|text)/' },
    },
    {
      name: 'config-stands-alone',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/config/' },
    },
    {
      name: 'text-stands-alone',
      severity: 'error',
      from: { path: '^src/text/' },
      to: { path: '^src/', pathNot: '^src/text/' },
    },
    {
      name: 'metrics-knows-no-feature',
      severity: 'error',
      from: { path: '^src/metrics/' },
      to: { path: '^src/', pathNot: '^src/(metrics|accounts|database|config)/' },
    },
    {
      name: 'cache-uses-only-config',
      severity: 'error',
      from: { path: '^src/cache/' },
      to: { path: '^src/', pathNot: '^src/(cache|config)/' },
    },
    {
      name: 'database-knows-only-entities',
      comment: 'the list of entities is the one thing that the database folder takes from the features',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: '^src/', pathNot: ['^src/(database|http|config)/', '\\.entity\\.ts$'] },
    },
    {
      name: 'accounts-knows-no-feature',
      severity: 'error',
      from: { path: '^src/accounts/' },
      to: { path: '^src/', pathNot: '^src/(accounts|http|database|cache|text|config)/' },
    },
    {
      name: 'only-commands-and-app-assemble',
      comment: 'what starts the app is used by nothing in it',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/commands/' },
      to: { path: '^src/([^/]+\\.ts$|commands/)' },
    },
    {
      name: 'src-not-to-test',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-cycles',
      comment: 'an entity and its repository name each other by type only',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-development-packages-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default'], exportsFields: ['exports'] },
  },
};
