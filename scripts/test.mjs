// Runs the tests on a throw-away private database. The arguments are those of Jest.
import { runOnDatabase } from './run-on-database.mjs';

const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)];
await runOnDatabase(['--disable-warning=ExperimentalWarning', ...jest], {
  throwAway: true,
  env: { NODE_ENV: 'test' },
});
