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

/** A mistake in the arguments of a command. Its message is printed without a stack trace. */
export class UsageError extends Error {}

/** Runs one npm command in an app without HTTP. An error is printed to standard error and sets the exit code to 1. */
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
    process.stderr.write(`${messageOf(error)}\n`);
  } finally {
    await app?.close();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof TablesReplaced)
    return error.message;
  const { sqlState, errno, stack, message } = error as Error & { sqlState?: string; errno?: number };
  if (databaseProblem(error)) {
    const sentence = `The database that DATABASE_HOST names (environment or .env) cannot be used: ${message}`;
    // With an SQL state the server has answered, so it runs.
    return sqlState === undefined
      ? `${sentence}\nStart it, for example with docker compose up, or leave DATABASE_HOST out: npm start then runs a private database.`
      : sentence;
  }
  // The message of a database error may contain values of the statement.
  if (sqlState !== undefined)
    return `Database error ${errno} (${sqlState})${stack?.slice(stack.search(/\n\s+at /))}`;
  return stack ?? String(error);
}
