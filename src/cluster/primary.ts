import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AggregatorRegistry } from 'prom-client';
import type { FromPrimary, ToPrimary } from './messages.js';
import { RateCounters } from './rate-counters.js';

/** A process that ends earlier than this has failed to start. */
const EARLY_MS = 10_000;
/** Pause before the next start after the first early end; it doubles with each further one. */
const MIN_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** The drain and the close of a process take up to 12 s (docs/shutdown.md). */
const STOP_MS = 13_000;
/** A process that sent nothing for longer hangs. Long enough for a garbage collection or a machine that swaps. */
const SILENT_MS = 30_000;
const WATCH_MS = 1_000;
/** npm and the terminal both forward Ctrl-C: a second signal within this time is a duplicate. */
const DUPLICATE_SIGNAL_MS = 500;

/** Starts the processes that serve, replaces those that end or hang, counts their requests and adds up their metrics. */
export class Primary {
  readonly #counters = new RateCounters();
  readonly #metrics = new AggregatorRegistry();
  readonly #stopping = new AbortController();
  #stopStartedAt = 0;
  #earlyEnds = 0;
  /** When each serving process sent its last message. */
  readonly #heardAt = new Map<Worker, number>();
  #watchedAt = performance.now();
  /** A process that hung was killed, and no process has become ready since. */
  #isReplacing = false;
  #failed = false;

  constructor(
    private readonly logger: Logger,
    /** Path of the program that each serving process runs. */
    exec: string,
    private readonly silentMs = SILENT_MS,
  ) {
    cluster.setupPrimary({ exec });
    cluster.on('message', (worker, message: ToPrimary) => this.#receive(worker, message));
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void this.#stop());
  }

  /**
   * Starts `count` processes, the first one alone: when it fails, for example because the port is taken, it says so once.
   * @returns after the start of the first one; ends the program when it fails
   */
  async start(count: number): Promise<void> {
    const first = cluster.fork();
    const [failure] = await Promise.race([
      once(first, 'exit') as Promise<[code: number | null]>,
      this.#isReady(first).then(() => []),
    ]);
    if (failure !== undefined) process.exit(failure ?? 1);
    this.#replaceAtEnd(first);
    for (let i = 1; i < count; i++) if (!this.#isStopping) this.#fork();
    setInterval(() => this.#watch(), WATCH_MS).unref();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #isReady(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      worker.on('message', (message: ToPrimary) => {
        if ('ready' in message) resolve();
      });
    });
  }

  #fork(): void {
    this.#replaceAtEnd(cluster.fork());
  }

  #replaceAtEnd(worker: Worker): void {
    const startedAt = performance.now();
    worker.once('exit', (code: number | null, signal: string | null) => {
      this.#heardAt.delete(worker);
      if (this.#isStopping) return;
      this.#earlyEnds = performance.now() - startedAt < EARLY_MS ? this.#earlyEnds + 1 : 0;
      const pauseMs =
        this.#earlyEnds === 0 ? 0 : Math.min(MIN_PAUSE_MS * 2 ** (this.#earlyEnds - 1), MAX_PAUSE_MS);
      this.logger.error(
        { context: 'cluster', pid: worker.process.pid },
        `a process ended with ${signal ?? code}; another one starts in ${pauseMs} ms`,
      );
      void pause(pauseMs, undefined, { signal: this.#stopping.signal }).then(
        () => this.#fork(),
        () => {},
      );
    });
  }

  /** Kills a process that hangs: one, and the next one when another process has become ready, so that not all are gone at once. */
  #watch(): void {
    const now = performance.now();
    // This process was stopped itself, and has not read what the others sent.
    const wasStopped = now - this.#watchedAt > this.silentMs / 2;
    this.#watchedAt = now;
    if (wasStopped) for (const worker of this.#heardAt.keys()) this.#heardAt.set(worker, now);
    if (this.#isStopping || this.#isReplacing) return;
    for (const [worker, heardAt] of this.#heardAt) {
      if (now - heardAt <= this.silentMs) continue;
      this.logger.error({ context: 'cluster', pid: worker.process.pid }, 'a process hangs and is killed');
      this.#isReplacing = true;
      worker.process.kill('SIGKILL');
      return;
    }
  }

  #receive(worker: Worker, message: ToPrimary): void {
    this.#heardAt.set(worker, performance.now());
    if ('ready' in message) this.#isReplacing = false;
    const answer = (message: FromPrimary): void => {
      if (worker.isConnected()) worker.send(message, () => {});
    };
    if ('count' in message)
      answer({ counted: message.count.map((question) => this.#counters.add(question)) });
    else if ('scrape' in message)
      void this.#metrics.clusterMetrics().then(
        (scraped) => answer({ scraped }),
        () => answer({ scraped: null }),
      );
  }

  /** Lets all processes drain, and ends with 0 when each one has answered its requests. */
  async #stop(): Promise<void> {
    if (this.#isStopping) {
      if (performance.now() - this.#stopStartedAt > DUPLICATE_SIGNAL_MS) this.#kill();
      return;
    }
    this.#stopStartedAt = performance.now();
    this.#stopping.abort();
    const workers = Object.values(cluster.workers ?? {}).filter(
      (worker) => worker && !worker.isDead(),
    ) as Worker[];
    const ended = workers.map(async (worker) => {
      const [code, signal] = (await once(worker, 'exit')) as [code: number | null, signal: string | null];
      // A process that has not started yet ends by the signal itself.
      if (code !== 0 && signal !== 'SIGTERM') this.#failed = true;
    });
    for (const { process: child } of workers) child.kill('SIGTERM');
    await Promise.race([Promise.all(ended), pause(STOP_MS).then(() => this.#kill())]);
    process.exit(this.#failed ? 1 : 0);
  }

  #kill(): never {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
    process.exit(1);
  }
}
