import { PrimaryLink } from './cluster/primary-link.js';
import { readConfig } from './config/config.js';
import { serve } from './serve.js';
import { startOrExit } from './start-or-exit.js';

/** One of the processes that the primary starts. */
await startOrExit(async () => {
  const primary = new PrimaryLink();
  await serve(readConfig(undefined, { serving: true }), primary);
  primary.ready();
});
