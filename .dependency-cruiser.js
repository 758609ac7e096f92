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
  privacy: ['properties', 'likes'],
  ops: [],
};
const SHARED = [
  'background',
  'accounts',
  'http',
  'database',
  'cache',
  'metrics',
  'text',
  'config',
  'security',
];

const features = Object.entries(FEATURES).map(([feature, uses]) => ({
  name: `${feature}-uses-only-its-own`,
  comment: `src/${feature} may use ${[...uses, ...SHARED].join(', ')} only`,
  severity: 'error',
  from: { path: `^src/${feature}/` },
  to: { path: '^src/', pathNot: [feature, ...uses, ...SHARED].map((folder) => `^src/${folder}/`) },
}));

/** Folders inside a feature, and what else of the feature each may use. */
const ROOMS = {
  properties: {
    model: [],
    dto: [
      'model/',
      'search-index/',
      'read/(status-catalogue|property\\.repository)',
      'search/sort',
      'facets/(facet|histogram)',
      'map/clusters',
    ],
    'search-index': ['model/'],
    search: ['model/', 'search-index/', 'dto/property-filter\\.input'],
    facets: ['model/', 'search-index/', 'search/'],
    read: ['model/', 'dto/', 'search/', 'facets/', 'search-index/'],
    changes: ['model/', 'dto/'],
    saved: ['model/', 'dto/', 'search/', 'read/', 'changes/'],
    map: ['model/', 'dto/', 'search/', 'facets/', 'read/'],
    statistics: ['model/', 'dto/', 'search/', 'facets/', 'read/'],
    write: ['model/', 'search-index/', 'read/'],
    staff: ['model/', 'dto/', 'search-index/', 'read/', 'write/'],
  },
  ranking: {
    model: [],
    read: ['model/', 'worker/likes-reader', 'trust/trust\\.repository'],
    worker: ['model/'],
    trust: ['model/', 'worker/trust-marks'],
  },
};

const rooms = Object.entries(ROOMS).flatMap(([feature, folders]) =>
  Object.entries(folders).map(([room, uses]) => ({
    name: `${feature}-${room}-uses-only-its-own`,
    comment: `src/${feature}/${room} may use ${uses.join(', ')} of ${feature}`,
    severity: 'error',
    from: { path: `^src/${feature}/${room}/`, pathNot: '\\.spec\\.ts$' },
    to: { path: `^src/${feature}/`, pathNot: [`${room}/`, ...uses].map((part) => `^src/${feature}/${part}`) },
  })),
);

/** What other features may use of properties. */
const PUBLIC_OF_PROPERTIES = [
  '^src/properties/(model|dto)/',
  '^src/properties/properties\\.module\\.ts$',
  '\\.service\\.ts$',
  '^src/properties/read/status-catalogue\\.ts$',
  '^src/properties/write/(listing|derived-data-refresh)\\.ts$',
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...features,
    ...rooms,
    {
      name: 'properties-hides-its-sql',
      comment: 'other features use the services, the model and the DTOs of properties',
      severity: 'error',
      from: { path: '^src/(likes|legacy-sync|adoption|import|demo|privacy)/' },
      to: { path: '^src/properties/', pathNot: PUBLIC_OF_PROPERTIES },
    },
    {
      name: 'ranking-filters-as-search-does',
      comment: 'the ranking also uses the filters of the search, and sets the popularity',
      severity: 'error',
      from: { path: '^src/ranking/' },
      to: {
        path: '^src/properties/',
        pathNot: [
          ...PUBLIC_OF_PROPERTIES,
          '^src/properties/search/filter(-sql)?\\.ts$',
          '^src/properties/search-index/search-writer\\.ts$',
        ],
      },
    },
    {
      name: 'background-knows-no-feature',
      severity: 'error',
      from: { path: '^src/background/' },
      to: { path: '^src/', pathNot: '^src/(background|database|metrics|tracing)/' },
    },
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
      name: 'tracing-knows-no-feature',
      severity: 'error',
      from: { path: '^src/tracing/' },
      to: { path: '^src/', pathNot: '^src/(tracing|config)/' },
    },
    {
      name: 'cluster-stands-alone',
      comment: 'the primary loads nothing of the service',
      severity: 'error',
      from: { path: '^src/cluster/' },
      to: { path: '^src/', pathNot: '^src/cluster/' },
    },
    {
      name: 'metrics-knows-no-feature',
      severity: 'error',
      from: { path: '^src/metrics/' },
      to: { path: '^src/', pathNot: '^src/(metrics|accounts|database|config)/' },
    },
    {
      name: 'cache-knows-no-feature',
      severity: 'error',
      from: { path: '^src/cache/' },
      to: { path: '^src/', pathNot: '^src/(cache|cluster|config|database|http|metrics)/' },
    },
    {
      name: 'database-knows-only-entities',
      comment: 'the list of entities is the one thing that the database folder takes from the features',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: '^src/', pathNot: ['^src/(database|http|config|tracing)/', '\\.entity\\.ts$'] },
    },
    {
      name: 'accounts-knows-no-feature',
      severity: 'error',
      from: { path: '^src/accounts/' },
      to: {
        path: '^src/',
        pathNot: '^src/(accounts|background|http|database|cache|text|config|mail|security)/',
      },
    },
    {
      name: 'mail-knows-no-feature',
      severity: 'error',
      from: { path: '^src/mail/' },
      to: { path: '^src/', pathNot: '^src/(mail|config)/' },
    },
    {
      name: 'security-knows-no-feature',
      severity: 'error',
      from: { path: '^src/security/' },
      to: { path: '^src/', pathNot: '^src/(security/|http/|config/|metrics/|accounts/name-key\\.ts)' },
    },
    {
      name: 'only-commands-and-app-assemble',
      comment: 'what starts the app is used by nothing in it',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/(commands|lambda)/' },
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
      severity: 'error',
      from: {},
      to: { circular: true },
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
