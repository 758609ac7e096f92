import { CatchUpConsumer } from './catch-up/catch-up-consumer.js';
import { Config, ConfigError, readConfig } from './config/config.js';
import { createApp } from './create-app.js';
import { ServerZoneCheck } from './database/server-zone-check.js';
import { RankingConsumer } from './ranking/ranking-consumer.js';

const DRAIN_MS = 10_000;

try {
  const app = await createApp(readConfig(undefined, { serving: true }));
  const { port } = app.get(Config);
  // Fastify's own listen: Nest's would log a taken port with a stack before we can say it in a sentence.
  await app.getHttpAdapter().getInstance().listen({ port, host: '0.0.0.0' });
  app.get(ServerZoneCheck).start();
  app.get(CatchUpConsumer).start();
  app.get(RankingConsumer).start();

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    // Requests that were taken are answered first.
    await app.close();
    process.exit(0);
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
