import { setTimeout as pause } from 'node:timers/promises';
import { TotpService } from './accounts/totp.service.js';
import { workersOf } from './app.module.js';
import type { PrimaryLink } from './cluster/primary-link.js';
import type { Config } from './config/config.js';
import { createApp } from './create-app.js';
import { ServerZoneCheck } from './database/server-zone-check.js';
import { Drain } from './http/drain.js';
import { listen } from './http/listeners.js';

/** Maximum time to close the connections to the database and Redis after the drain. */
const CLOSE_MS = 2_000;
/** npm and the terminal both forward Ctrl-C: a second signal within this time is a duplicate. */
const DUPLICATE_SIGNAL_MS = 500;

/**
 * Serves until a signal stops the process.
 * @param primary set in a process that serves beside others, started by the same primary
 */
export async function serve(config: Config, primary?: PrimaryLink): Promise<void> {
  // Dynamic: without tracing, nothing of OpenTelemetry's SDK is loaded.
  const endTracing =
    config.tracing && (await import('./tracing/start-tracing.js')).startTracing(config.tracing);
  const app = await createApp(config, undefined, primary);
  // Nest's own `listen` would log a taken port with a stack trace before startOrExit() prints one sentence.
  const listeners = await listen(app.getHttpAdapter().getInstance(), config);
  app.get(ServerZoneCheck).start();
  void app.get(TotpService, { strict: false }).encryptAgain();
  const workers = workersOf(config.services).map((worker) => app.get(worker));
  for (const worker of workers) worker.start();

  let stopStartedAt: number | null = null;
  const stop = async (): Promise<void> => {
    if (stopStartedAt !== null) {
      if (performance.now() - stopStartedAt > DUPLICATE_SIGNAL_MS) process.exit(1);
      return;
    }
    stopStartedAt = performance.now();
    const [allAnswered] = await Promise.all([
      app.get(Drain).run(listeners),
      ...workers.map((worker) => worker.stop()),
    ]);
    await Promise.race([app.close().then(() => endTracing?.()), pause(CLOSE_MS)]);
    process.exit(allAnswered ? 0 : 1);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}
