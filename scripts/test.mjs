// Runs the tests, all or those that the arguments (Jest's) choose.
import { runOnDatabase } from './run-on-database.mjs';

const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)];
await runOnDatabase(['--disable-warning=ExperimentalWarning', ...jest], {
  throwAway: true,
  env: { NODE_ENV: 'test' },
});
