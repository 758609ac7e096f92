import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import type { Config } from '../../src/config/config.js';
import { configureApp, createAdapter } from '../../src/create-app.js';
import { createLogger, NestLogger } from '../../src/logging.js';
import { collectLog } from './collected-log.js';
import { TestDatabase } from './database.js';
import { BASE_URL, needsOwnApp, outsideApp } from './outside.js';

export interface StartOptions {
  /** Additional controllers of the test. */
  controllers?: Type[];
  /** Receives every log line, but none of a running service (outside.ts). */
  log?: (line: string) => void;
  /** Receives every route of the router. */
  onRoute?: (route: { url: string; method: string | string[] }) => void;
}

/** Starts the whole app as main does, but without a port. Send requests with `inject`. With TEST_BASE_URL, it runs already. */
export async function startApp(
  config: Config,
  { controllers = [], log, onRoute }: StartOptions = {},
): Promise<NestFastifyApplication> {
  if (BASE_URL !== undefined) {
    if (onRoute || !TestDatabase.isOfOutside(config)) needsOwnApp('an app with its own settings or parts');
    return outsideApp(
      config,
      controllers.map((each) => Reflect.getMetadata('path', each) as string),
    );
  }
  const write = (line: string): void => {
    collectLog(line);
    log?.(line);
  };
  const logger = createLogger(log ? 'debug' : 'info', { write });
  const module = await Test.createTestingModule({ imports: [AppModule.with(config)], controllers }).compile();
  const adapter = createAdapter(logger, config);
  if (onRoute) adapter.getInstance().addHook('onRoute', onRoute);
  const app = module.createNestApplication<NestFastifyApplication>(adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
  });
  return configureApp(app);
}
