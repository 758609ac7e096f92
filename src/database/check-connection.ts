import type { Socket } from 'node:net';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2';
import type { Host } from '../config/database-hosts.js';

export type Login = Pick<
  Parameters<typeof createConnection>[0] & object,
  'user' | 'password' | 'database' | 'ssl'
>;

/** The types of mysql2 do not name `stream`. */
type RawConnection = Connection & { readonly stream: Socket };

/** A connection for the checks of one server. A failed check closes it, and the next check opens it again. */
export class CheckConnection {
  #connection: RawConnection | null = null;
  #failQuery: ((error: Error) => void) | undefined;
  #isClosed = false;

  /** @param timeoutMs a check that takes longer fails */
  constructor(
    private readonly address: Host,
    private readonly login: Login,
    private readonly timeoutMs: number,
  ) {}

  /** Runs one check: its statements one after the other. No other check may be running. */
  async run<Result>(check: () => Promise<Result>): Promise<Result> {
    // A frozen server accepts the connection and sends nothing.
    const timeout = setTimeout(() => this.#disconnect('does not answer'), this.timeoutMs).unref();
    try {
      return await check();
    } catch (error) {
      this.#disconnect();
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  /** For use inside run(). */
  async query<Row extends object>(text: string): Promise<Row[]> {
    if (this.#isClosed) throw unusable('is not checked any more');
    this.#connection ??= this.#connect();
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      this.#failQuery = reject;
      connection.query<(Row & RowDataPacket)[]>(text, (error, rows) =>
        error ? reject(error) : resolve(rows),
      );
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  #connect(): RawConnection {
    const connection = createConnection({
      ...this.address,
      ...this.login,
      connectTimeout: this.timeoutMs,
    }) as RawConnection;
    connection.on('error', () => {
      if (this.#connection === connection) this.#disconnect();
    });
    return connection;
  }

  #disconnect(why = 'closed the connection'): void {
    this.#connection?.destroy();
    // destroy() waits for the other side to close the socket, which a frozen server does not.
    this.#connection?.stream.destroy();
    this.#connection = null;
    // destroy() calls no callback of a query.
    this.#failQuery?.(unusable(why));
  }
}

/** An error like those of a server that is away. */
export function unusable(why: string): Error {
  return Object.assign(new Error(`the server of the database ${why}`), { code: 'ETIMEDOUT' });
}
