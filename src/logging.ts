import { type LoggerService } from '@nestjs/common';
import { type Logger, pino, type StreamEntry } from 'pino';
import pretty from 'pino-pretty';
import { type LogLevel } from './config/config.js';
import { VERSION } from './config/version.js';
import { currentTracer, traceFields } from './tracing/spans.js';

/** Writes JSON lines, or readable lines when standard output is a terminal. */
export function createLogger(level: LogLevel, output: StreamEntry['stream'] = defaultOutput()): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  const mixin = currentTracer() && traceFields;
  return pino(
    { level, base: { version: VERSION }, formatters, mixin, serializers: { err: describeError } },
    output,
  );
}

// The message of a database error may contain values of the statement: only its codes and the stack are logged.
function describeError(error: Error & Record<string, unknown>): object {
  const { name: type, message, stack = '', code, errno, sqlState } = error;
  if (sqlState === undefined) return { type, message, code, stack };
  return { type, code, errno, sqlState, stack: stack.slice(stack.search(/\n\s+at /) + 1) };
}

function defaultOutput(): StreamEntry['stream'] {
  if (!process.stdout.isTTY) return pino.destination({ fd: 1, sync: false });
  return pretty({
    colorize: true,
    ignore: 'requestId,route,method,callerKind,tokenKind,version,traceId',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    sync: true,
  });
}

/** Writes Nest's messages to the same log; its `log` messages get the debug level. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: rest.at(-1) }, String(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(...lineOf(message, rest));
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(...lineOf(message, rest));
  }
}

/** An error goes through describeError(), which removes a database message. */
function lineOf(message: unknown, rest: readonly unknown[]): [object, string] {
  const isError = message instanceof Error;
  return [
    { context: rest.at(-1), err: isError ? message : undefined },
    isError ? message.name : String(message),
  ];
}
