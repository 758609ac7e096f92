import { setTimeout as pause } from 'node:timers/promises';
import { LegacySyncWorker } from './legacy-sync/legacy-sync-worker.js';
import { Config, ConfigError, readConfig } from './config/config.js';
import { createApp } from './create-app.js';
import { ServerZoneCheck } from './database/server-zone-check.js';
import { Drain } from './http/drain.js';
import { RankingWorker } from './ranking/worker/ranking-worker.js';

/** Closing connections to the database and Redis may take so long after the last answer. */
const CLOSE_MS = 2_000;
/** npm and a terminal both pass Ctrl-C on: a signal this soon after the first is the same one. */
const SAME_SIGNAL_MS = 500;

try {
  const app = await createApp(readConfig(undefined, { serving: true }));
  const { port } = app.get(Config);
  // Fastify's own listen: Nest's would log a taken port with a stack before we can say it in a sentence.
  await app.getHttpAdapter().getInstance().listen({ port, host: '0.0.0.0' });
  app.get(ServerZoneCheck).start();
  const workers = [app.get(LegacySyncWorker), app.get(RankingWorker)];
  for (const worker of workers) worker.start();

  let stoppingSince: number | null = null;
  const stop = async (): Promise<void> => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    const [isAllAnswered] = await Promise.all([
      app.get(Drain).run(),
      ...workers.map((worker) => worker.stop()),
    ]);
    await Promise.race([app.close(), pause(CLOSE_MS)]);
    process.exit(isAllAnswered ? 0 : 1);
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
