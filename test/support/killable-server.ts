import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '../../src/config/config.js';

const CLONE = fileURLToPath(new URL('../../', import.meta.url));

/** A private server of a test's own, which is started again after it was killed. */
export class KillableServer {
  private constructor(
    private readonly keeper: ChildProcess,
    private readonly folder: string,
    readonly config: Config['database'],
  ) {}

  static async start(): Promise<KillableServer> {
    const folder = `killed-${process.pid}`;
    const keeper = spawn(process.execPath, [`${CLONE}test/support/private-database.mjs`, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(keeper.stdout, 'data')) as [Buffer];
    const settings = JSON.parse(String(line)) as Record<string, string>;
    return new KillableServer(keeper, folder, readConfig(settings).database);
  }

  /** As a power failure would: without a last word. */
  kill(): void {
    const pid = readdirSync('/proc').find((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8')
          .split('\0')
          .includes(`--port=${this.config.port}`);
      } catch {
        return false; // It has just ended.
      }
    });
    process.kill(Number(pid), 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.keeper.stdin!.end();
    await once(this.keeper, 'exit');
    rmSync(`${CLONE}.local/${this.folder}`, { recursive: true, force: true });
  }
}
