import type { Socket } from 'node:net';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2';
import type { Host } from '../config/database-hosts.js';
import { IS_OUTSIDE_GROUP, IS_READ_ONLY, saysYes } from './read-only.js';
import { hasNumber, SERVER_ERRORS } from './server-errors.js';

/** A server that accepts writes which its replication group would never have is away, too. */
export type ServerState = 'unknown' | 'away' | 'readable' | 'writable';
export type Login = Pick<Parameters<typeof createConnection>[0] & object, 'user' | 'password' | 'ssl'>;

/** The types of mysql2 do not name `stream`. */
type RawConnection = Connection & { readonly stream: Socket };

/** A server that does not answer a check within this time is away. */
const CHECK_TIMEOUT_MS = 2_000;

/** One of several servers of the database. Checks its state again and again, on a connection of its own. */
export class WatchedServer {
  state: ServerState = 'unknown';
  /** Why the server is away. */
  failure: Error | null = null;
  #connection: RawConnection | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failQuery: ((error: Error) => void) | undefined;
  #isChecking = false;
  #isAskedAgain = false;
  #isClosed = false;

  /**
   * @param intervalMs the pause before the next check
   * @param checked called after each check
   * @param denied called when the account may not read the state of the replication group
   */
  constructor(
    readonly address: Host,
    private readonly login: Login,
    private readonly options: { intervalMs: () => number; checked: () => void; denied: () => void },
  ) {}

  /** Checks now. */
  check(): void {
    this.#isAskedAgain = this.#isChecking;
    if (!this.#isChecking && !this.#isClosed) void this.#check();
  }

  async #check(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isChecking = true;
    let state = await this.#stateNow();
    // The server may have become read-only since the check began.
    if (this.#isAskedAgain && state === 'writable') state = await this.#stateNow();
    this.#isChecking = false;
    if (this.#isClosed) return;
    this.state = state;
    this.options.checked();
    this.#timer = setTimeout(() => this.check(), this.options.intervalMs()).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#disconnect();
  }

  async #stateNow(): Promise<ServerState> {
    // A frozen server accepts the connection and sends nothing.
    const timeout = setTimeout(() => this.#disconnect('does not answer'), CHECK_TIMEOUT_MS).unref();
    try {
      if (saysYes(await this.#query(IS_READ_ONLY))) return 'readable';
      if (await this.#isOutsideGroup()) throw unusable('is outside its replication group');
      return 'writable';
    } catch (error) {
      this.failure = error as Error;
      this.#disconnect();
      return 'away';
    } finally {
      clearTimeout(timeout);
    }
  }

  async #isOutsideGroup(): Promise<boolean> {
    try {
      return saysYes(await this.#query(IS_OUTSIDE_GROUP));
    } catch (error) {
      if (!hasNumber(error, SERVER_ERRORS.TABLE_DENIED, SERVER_ERRORS.NO_TABLE)) throw error;
      this.options.denied();
      return false;
    }
  }

  async #query(text: string): Promise<object[]> {
    if (this.#isClosed) throw unusable('is not checked any more');
    this.#connection ??= this.#connect();
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      this.#failQuery = reject;
      connection.query<RowDataPacket[]>(text, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  #connect(): RawConnection {
    const connection = createConnection({
      ...this.address,
      ...this.login,
      connectTimeout: CHECK_TIMEOUT_MS,
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
function unusable(why: string): Error {
  return Object.assign(new Error(`the server of the database ${why}`), { code: 'ETIMEDOUT' });
}
