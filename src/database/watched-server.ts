import type { Host } from '../config/database-hosts.js';
import { CheckConnection, type Login, unusable } from './check-connection.js';
import { IS_OUTSIDE_GROUP, IS_READ_ONLY, saysYes } from './read-only.js';
import { hasNumber, SERVER_ERRORS } from './server-errors.js';

/** A server that accepts writes which its replication group would never have is away, too. */
export type ServerState = 'unknown' | 'away' | 'readable' | 'writable';

/** A server that does not answer a check within this time is away. */
const CHECK_TIMEOUT_MS = 2_000;

/** One of several servers of the database. Checks its state again and again, on a connection of its own. */
export class WatchedServer {
  state: ServerState = 'unknown';
  /** Why the server is away. */
  failure: Error | null = null;
  readonly #connection: CheckConnection;
  #timer: NodeJS.Timeout | undefined;
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
    login: Login,
    private readonly options: { intervalMs: () => number; checked: () => void; denied: () => void },
  ) {
    this.#connection = new CheckConnection(address, login, CHECK_TIMEOUT_MS);
  }

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
    this.#connection.close();
  }

  async #stateNow(): Promise<ServerState> {
    try {
      return await this.#connection.run(async () => {
        if (saysYes(await this.#connection.query(IS_READ_ONLY))) return 'readable';
        if (await this.#isOutsideGroup()) throw unusable('is outside its replication group');
        return 'writable';
      });
    } catch (error) {
      this.failure = error as Error;
      return 'away';
    }
  }

  async #isOutsideGroup(): Promise<boolean> {
    try {
      return saysYes(await this.#connection.query(IS_OUTSIDE_GROUP));
    } catch (error) {
      if (!hasNumber(error, SERVER_ERRORS.TABLE_DENIED, SERVER_ERRORS.NO_TABLE)) throw error;
      this.options.denied();
      return false;
    }
  }
}
