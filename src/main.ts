import { fileURLToPath } from 'node:url';
import { readConfig } from './config/config.js';
import { startOrExit } from './start-or-exit.js';

await startOrExit(async () => {
  const config = readConfig(undefined, { serving: true });
  if (config.webConcurrency === 1) {
    const { serve } = await import('./serve.js');
    return serve(config);
  }
  // The primary loads nothing of the service.
  const [{ Primary }, { createLogger }] = await Promise.all([
    import('./cluster/primary.js'),
    import('./logging.js'),
  ]);
  const worker = fileURLToPath(new URL('cluster-worker.js', import.meta.url));
  await new Primary(createLogger(config.logLevel), worker).start(config.webConcurrency);
});
