import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Config } from '../config/config.js';

// A request waits for Redis this long at most.
const COMMAND_TIMEOUT_MS = 50;
// A busy process may miss the answer to one command in time.
const MAX_FAILURES = 3;
// After that many failures in a row, Redis is left alone for this long. Then one command tries it again.
const PAUSE_MS = 1_000;

/** Redis has failed several times and is left alone. */
export class RedisPaused extends Error {}

/** The Redis that all processes share; `client` is null when none is configured. Every feature works without it. */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  readonly client: Redis | null;
  #failures = 0;
  #pausedUntil = -Infinity;

  constructor(config: Config) {
    // Without an offline queue a command fails at once while Redis is away, so requests do not wait for it.
    this.client = config.redisUrl
      ? new Redis(config.redisUrl, {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: COMMAND_TIMEOUT_MS,
          connectTimeout: 2_000,
          retryStrategy: (attempt: number) => Math.min(attempt * 200, 2_000),
        })
      : null;
    // Without a listener an error event would end the process. /health/ready reports the state.
    this.client?.on('error', () => {});
  }

  /**
   * Runs commands. After failures it throws at once for a while, so that few requests wait for a slow Redis.
   * @throws RedisPaused, or what the commands throw
   */
  async run<T>(commands: () => Promise<T>): Promise<T> {
    const now = performance.now();
    if (now < this.#pausedUntil) throw new RedisPaused();
    // While this command tries Redis again, others do not.
    if (this.#failures >= MAX_FAILURES) this.#pausedUntil = now + PAUSE_MS;
    try {
      const result = await commands();
      this.#failures = 0;
      this.#pausedUntil = -Infinity;
      return result;
    } catch (error) {
      if (++this.#failures >= MAX_FAILURES) this.#pausedUntil = performance.now() + PAUSE_MS;
      throw error;
    }
  }

  /** `off` when none is configured; `down` when it does not answer. */
  async state(): Promise<'off' | 'up' | 'down'> {
    if (!this.client) return 'off';
    return this.client.ping().then(
      () => 'up' as const,
      () => 'down' as const,
    );
  }

  onApplicationShutdown(): void {
    this.client?.disconnect();
  }
}
