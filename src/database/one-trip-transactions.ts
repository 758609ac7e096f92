import { MikroORM, MySqlConnection } from '@mikro-orm/mysql';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CompiledQuery } from 'kysely';
import { Config } from '../config/config.js';
import { sessionSettings, setUpConnection } from './mikro-orm.config.js';
import { retryTransaction } from './transaction.js';

// More than the writes that can run at once on a small server; a write that waits for a lock holds one connection.
const MAX_CONNECTIONS = 8;
const DATABASE_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** SQL text that contains its values. Only the tag `statement` makes one. */
export class Statement {
  constructor(readonly text: string) {}
}

/**
 * Tag for the text of a statement. Its values are integers, times of the database, or parts made by the same tag.
 * @throws TypeError for every other value, so no value can change or end the statement (ADR 14)
 */
export function statement(
  { raw }: TemplateStringsArray,
  ...values: readonly (number | string | Statement)[]
): Statement {
  return new Statement(String.raw({ raw }, ...values.map(textOf)));
}

function textOf(value: number | string | Statement): string {
  if (value instanceof Statement) return value.text;
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && DATABASE_TIME.test(value)) return `'${value}'`;
  throw new TypeError('a value of a statement is neither an integer nor a time');
}

/**
 * Runs a whole transaction in one round trip: its statements are one text. They cannot depend on a result that the client reads, but the
 * first error ends the transaction. Only this pool's connections accept more than one statement in a text.
 */
@Injectable()
export class OneTripTransactions implements OnApplicationShutdown {
  readonly connection: MySqlConnection;

  constructor({ config }: MikroORM, { database }: Config) {
    this.connection = new MySqlConnection(config as never, {
      driverOptions: {
        ...config.get('driverOptions'),
        multipleStatements: true,
        connectionLimit: MAX_CONNECTIONS,
      },
      onCreateConnection: setUpConnection(
        `${sessionSettings(database)}; set session transaction isolation level read committed`,
      ),
    });
  }

  /**
   * Commits all statements (READ COMMITTED), or none. A conflict with another transaction is retried as in inTransaction().
   * @throws the error of the first statement that failed
   */
  run(...statements: readonly Statement[]): Promise<void> {
    const all = CompiledQuery.raw(['begin', ...statements.map(({ text }) => text), 'commit'].join(';\n'));
    return retryTransaction(() =>
      this.connection
        .getClient()
        .getExecutor()
        .provideConnection(async (connection) => {
          try {
            await connection.executeQuery(all);
          } catch (error) {
            // On a broken connection this fails too; the server has rolled back.
            await connection.executeQuery(ROLLBACK).catch(() => {});
            throw error;
          }
        }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}

const ROLLBACK = CompiledQuery.raw('rollback');
