import { basename } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MikroORM } from '@mikro-orm/mysql';
import { pino } from 'pino';
import 'reflect-metadata';
import { AppModule } from '../app.module.js';
import { ConfigError, readConfig } from '../config/config.js';
import { databaseProblem } from '../database/database-errors.js';
import { followFailovers } from '../database/failover.js';
import { SERVER_ERRORS } from '../database/server-errors.js';
import { TablesReplaced } from '../database/migrate.js';
import { RightsNotGranted } from '../database/service-rights.js';
import { ImportError } from '../import/import-error.js';
import { createLogger, NestLogger } from '../logging.js';
import { SecurityLog } from '../security/security-log.js';

/** A mistake in the arguments of a command. */
export class UsageError extends Error {}

// The first only reads, the second runs before each start.
const NOT_RECORDED = new Set(['adopt-check', 'migrate-and-seed']);

/** Errors whose message is printed without a stack trace. */
const SHOWN_ERRORS = [UsageError, ConfigError, TablesReplaced, RightsNotGranted, ImportError];

/**
 * Runs one npm command in an app without HTTP, and records it in the security log. An error is printed to standard error and sets
 * the exit code to 1.
 */
export async function runCommand(command: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  const name = basename(process.argv[1] ?? '', '.js');
  let app: INestApplicationContext | undefined;
  let message = '';
  try {
    const logger = new NestLogger(createLogger('warn'));
    const config = readConfig();
    app = await NestFactory.createApplicationContext(AppModule.with(config), {
      logger,
      abortOnError: false,
    });
    // Standard output is the result of the command.
    app.get(SecurityLog).attachToCommand(name, createLogger('info', pino.destination({ fd: 2, sync: true })));
    const orm: MikroORM = app.get(MikroORM);
    await followFailovers(orm, config.database.hosts);
    await orm.connect();
    await command(app);
  } catch (error) {
    process.exitCode = 1;
    message = `${messageOf(error)}\n`;
  } finally {
    if (!NOT_RECORDED.has(name))
      app?.get(SecurityLog).record('command', { outcome: process.exitCode ? 'failure' : 'success' });
    process.stderr.write(message);
    await app?.close();
  }
}

function messageOf(error: unknown): string {
  const { sqlState, errno, code, stack, message } = error as Error & {
    sqlState?: string;
    errno?: number;
    code?: string;
  };
  if (SHOWN_ERRORS.some((shown) => error instanceof shown)) return message;
  if (databaseProblem(error)) {
    const sentence = `The database that DATABASE_HOST names (environment or .env) cannot be used: ${message}`;
    if (/^HANDSHAKE_(NO_)?SSL/.test(code ?? '') || errno === SERVER_ERRORS.TLS_REQUIRED)
      return `${sentence}\nDATABASE_TLS must be off, required, or the file of the authority that signed the certificate of the server.`;
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
