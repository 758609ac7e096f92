import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Config } from '../../src/config/config.js';
import { findProgram } from './optional.js';

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;
const TRANSACTION = /^# at (\d+)$/;

/** Backs a database up and restores it to a moment, by the commands of docs/operators.md. */
export class Backup {
  readonly #dump: string;
  readonly #dumpFile: string;
  readonly #client: string;
  readonly #binlog: string;
  /** Options of the engine: the position in the dump, and no ids of transactions that a server may have seen already. */
  readonly #dumpOptions: readonly string[];
  readonly #replayOptions: readonly string[];

  constructor(
    private readonly server: Config['database'],
    private readonly folder: string,
    isMariaDb: boolean,
  ) {
    this.#dump = findProgram(isMariaDb ? 'mariadb-dump' : 'mysqldump')!;
    this.#client = findProgram(isMariaDb ? 'mariadb' : 'mysql')!;
    this.#binlog = findProgram(isMariaDb ? 'mariadb-binlog' : 'mysqlbinlog')!;
    this.#dumpOptions = isMariaDb ? ['--master-data=2'] : ['--source-data=2', '--set-gtid-purged=OFF'];
    this.#replayOptions = isMariaDb ? [] : ['--skip-gtids'];
    this.#dumpFile = join(folder, 'dump.sql');
  }

  get #login(): string[] {
    const { host, port, user, password } = this.server;
    return [`--host=${host}`, `--port=${port}`, `--user=${user}`, `--password=${password}`];
  }

  /** A full dump. The database is in use meanwhile. */
  async dump(): Promise<void> {
    const options = ['--no-defaults', ...this.#login, '--single-transaction', '--routines'];
    const { stdout } = await run(this.#dump, [...options, ...this.#dumpOptions, this.server.name], {
      maxBuffer: MAX_OUTPUT,
    });
    await pipeline([stdout], createWriteStream(this.#dumpFile));
  }

  /** Copies the binary logs since the dump. @returns their files */
  async copyLogs(): Promise<string[]> {
    const options = ['--no-defaults', '--read-from-remote-server', ...this.#login, '--raw', '--to-last-log'];
    const { stdout } = await run(this.#client, ['--no-defaults', ...this.#login, '-Ne', 'show binary logs']);
    const logs = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]!)
      .filter((log) => log >= this.#start.log);
    await run(this.#binlog, [...options, this.#start.log], { cwd: this.folder });
    return logs.map((log) => join(this.folder, log));
  }

  /** Where the binary log was at the snapshot of the dump: in a comment of it. */
  get #start(): { log: string; position: number } {
    const head = readFileSync(this.#dumpFile, 'utf8').slice(0, 10_000);
    const [, log, position] = /_LOG_FILE='([^']+)', (?:MASTER|SOURCE)_LOG_POS=(\d+)/.exec(head)!;
    return { log: log!, position: Number(position) };
  }

  /** The log and position where the transaction of a statement begins. */
  async find(logs: readonly string[], statement: RegExp): Promise<{ log: string; position: number }> {
    for (const log of logs) {
      const { stdout } = await run(
        this.#binlog,
        ['--no-defaults', '--base64-output=decode-rows', '--verbose', log],
        { maxBuffer: MAX_OUTPUT },
      );
      const starts: number[] = [];
      for (const line of stdout.split('\n')) {
        const [, position] = TRANSACTION.exec(line) ?? [];
        if (position) starts.push(Number(position));
        // The event before the statement is the one that begins the transaction.
        if (statement.test(line)) return { log, position: starts.at(-2)! };
      }
    }
    throw new Error(`${statement} is in none of ${logs.map((log) => basename(log)).join(', ')}`);
  }

  /** Restores the dump into the empty database, and replays the logs up to the end. */
  async restore(logs: readonly string[], end: { log: string; position: number }): Promise<void> {
    await this.#execute(createReadStream(this.#dumpFile), this.server.name);
    const replayed = logs.slice(0, logs.indexOf(end.log) + 1);
    const range = [`--start-position=${this.#start.position}`, `--stop-position=${end.position}`];
    const reader = spawn(this.#binlog, ['--no-defaults', ...this.#replayOptions, ...range, ...replayed]);
    await Promise.all([this.#execute(reader.stdout), once(reader, 'close')]);
  }

  async #execute(statements: NodeJS.ReadableStream, ...args: string[]): Promise<void> {
    const client = spawn(this.#client, ['--no-defaults', '--binary-mode', ...this.#login, ...args]);
    let errors = '';
    client.stderr.on('data', (chunk) => (errors += String(chunk)));
    const ended = once(client, 'close');
    await pipeline(statements, client.stdin).catch(() => {}); // The client has ended: its error follows.
    const [code] = await ended;
    if (code !== 0) throw new Error(`the restore failed: ${errors}`);
  }
}
