import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MikroORM } from '@mikro-orm/mysql';
import 'reflect-metadata';
import { AppModule } from '../app.module.js';
import { ConfigError, readConfig } from '../config/config.js';
import { databaseProblem } from '../database/database-errors.js';
import { followFailovers } from '../database/failover.js';
import { TablesReplaced } from '../database/migrate.js';
import { createLogger, NestLogger } from '../logging.js';

/** A fault of the person who typed the command: told in its own words, without a stack. */
export class UsageError extends Error {}

/** Runs one npm command in the app without its HTTP side, and ends the process with what became of it. */
export async function runCommand(command: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  let app: INestApplicationContext | undefined;
  try {
    const logger = new NestLogger(createLogger('warn'));
    app = await NestFactory.createApplicationContext(AppModule.with(readConfig()), {
      logger,
      abortOnError: false,
    });
    const orm: MikroORM = app.get(MikroORM);
    await orm.connect();
    await followFailovers(orm);
    await command(app);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${sentenceFor(error)}\n`);
  } finally {
    await app?.close();
  }
}

function sentenceFor(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof TablesReplaced)
    return error.message;
  const { sqlState, errno, stack, message } = error as Error & { sqlState?: string; errno?: number };
  if (databaseProblem(error)) {
    const sentence = `The database that DATABASE_HOST names (environment or .env) can not be used: ${message}`;
    // A server that answers need not be started.
    return sqlState === undefined
      ? `${sentence}\nStart it, for example by docker compose up, or let npm start bring a private one: leave DATABASE_HOST out.`
      : sentence;
  }
  // What a database says of an error may repeat the values of a statement.
  if (sqlState !== undefined)
    return `Database error ${errno} (${sqlState})${stack?.slice(stack.search(/\n\s+at /))}`;
  return stack ?? String(error);
}
