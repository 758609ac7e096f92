import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MikroORM } from '@mikro-orm/mysql';
import { type Config, readConfig } from '../../src/config/config.js';
import { mikroOrmOptions } from '../../src/database/mikro-orm.config.js';
import { needsOwnApp } from './outside.js';
import { until } from './until.js';

const CLONE = fileURLToPath(new URL('../../', import.meta.url));

let started = 0;

/** A private database server that a test can kill and restart. */
export class KillableServer {
  private constructor(
    private readonly keeper: ChildProcess,
    private readonly folder: string,
    readonly config: Config['database'],
  ) {}

  /** @param options more options of the server program */
  static async start(options: readonly string[] = []): Promise<KillableServer> {
    needsOwnApp('a database server of its own');
    const folder = `killed-${process.pid}-${started++}`;
    const keeper = spawn(process.execPath, [`${CLONE}test/support/private-database.mjs`, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PRIVATE_DATABASE_OPTIONS: options.join(' ') },
    });
    const [line] = (await once(keeper.stdout, 'data')) as [Buffer];
    const settings = JSON.parse(String(line)) as Record<string, string>;
    return new KillableServer(keeper, folder, readConfig(settings).database);
  }

  /** Kills the server with SIGKILL, like a power failure. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /** Stops the server without closing its connections. They take statements, which run after `thaw`. */
  async freeze(): Promise<void> {
    const folder = `/proc/${this.#signal('SIGSTOP')}/task`;
    // A thread may run for a moment after the signal.
    await until(async () =>
      readdirSync(folder).every((thread) => /\) T /.test(readFileSync(`${folder}/${thread}/stat`, 'utf8'))),
    );
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): number {
    const pid = readdirSync('/proc').find((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8')
          .split('\0')
          .includes(`--port=${this.config.port}`);
      } catch {
        return false; // The process has just ended.
      }
    });
    process.kill(Number(pid), signal);
    return Number(pid);
  }

  /** Restarts the server with an account that has all privileges; the account of the service has fewer. */
  async withAdministrator(): Promise<Config['database']> {
    const user = 'administrator';
    const account = `'${user}'@'127.0.0.1'`;
    appendFileSync(
      `${CLONE}.local/${this.folder}/init.sql`,
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${this.config.password}';\nGRANT ALL ON *.* TO ${account} WITH GRANT OPTION;\n`,
    );
    this.kill();
    const administrator = { ...this.config, user };
    const orm = await MikroORM.init(mikroOrmOptions({ database: administrator }));
    await orm.connect();
    await until(() => orm.isConnected());
    await orm.close();
    return administrator;
  }

  async stop(): Promise<void> {
    this.keeper.stdin!.end();
    await once(this.keeper, 'exit');
    rmSync(`${CLONE}.local/${this.folder}`, { recursive: true, force: true });
  }
}
