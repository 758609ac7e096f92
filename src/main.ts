import { setTimeout as pause } from 'node:timers/promises';
import { workersOf } from './app.module.js';
import { Config, ConfigError, readConfig } from './config/config.js';
import { createApp } from './create-app.js';
import { ServerZoneCheck } from './database/server-zone-check.js';
import { Drain } from './http/drain.js';

/** Maximum time to close the connections to the database and Redis after the drain. */
const CLOSE_MS = 2_000;
/** npm and the terminal both forward Ctrl-C: a second signal within this time is a duplicate. */
const DUPLICATE_SIGNAL_MS = 500;

try {
  const app = await createApp(readConfig(undefined, { serving: true }));
  const { port, services } = app.get(Config);
  // Fastify's `listen`: Nest's would log a taken port with a stack trace before the catch below prints one sentence.
  await app.getHttpAdapter().getInstance().listen({ port, host: '0.0.0.0' });
  app.get(ServerZoneCheck).start();
  const workers = workersOf(services).map((worker) => app.get(worker));
  for (const worker of workers) worker.start();

  let stopStartedAt: number | null = null;
  const stop = async (): Promise<void> => {
    if (stopStartedAt !== null) {
      if (performance.now() - stopStartedAt > DUPLICATE_SIGNAL_MS) process.exit(1);
      return;
    }
    stopStartedAt = performance.now();
    const [allAnswered] = await Promise.all([
      app.get(Drain).run(),
      ...workers.map((worker) => worker.stop()),
    ]);
    await Promise.race([app.close(), pause(CLOSE_MS)]);
    process.exit(allAnswered ? 0 : 1);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const { port } = error as { port?: number };
  if (code === 'EADDRINUSE') exitWith(`Port ${port} is taken by another program; set PORT to a free one.`);
  if (error instanceof ConfigError) exitWith(message);
  throw error;
}

function exitWith(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
