const isOutside = process.env.TEST_BASE_URL !== undefined;
const base = {
  testEnvironment: isOutside ? '<rootDir>/test/support/outside-environment.mjs' : 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // Copies of the project: packages for AWS, the last release.
  modulePathIgnorePatterns: ['/cdk.out/', '/lambda-package/', '<rootDir>/.local/'],
  moduleFileExtensions: ['ts', 'js', 'json'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest'] },
};

/** @type {import('jest').Config} */
export default {
  // Most files wait for a server, a browser or the clock: three keep two cores busy.
  // The files of a run against a running service share its database.
  maxWorkers: isOutside ? 1 : 3,
  // A skipped test may leave a connection open.
  forceExit: isOutside,
  // Ends a test that hangs. Times that are promised have budgets in the tests.
  testTimeout: 600_000,
  reporters: [
    'default',
    '<rootDir>/test/support/skip-reporter.mjs',
    '<rootDir>/test/support/log-reporter.mjs',
  ],
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts'] },
    { ...base, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.spec.ts'] },
  ],
};
