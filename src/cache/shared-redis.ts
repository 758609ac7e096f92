import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Config } from '../config/config.js';

/** The Redis that all processes share; `client` is null when none is configured. Every feature works without it. */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  readonly client: Redis | null;

  constructor(config: Config) {
    // Without an offline queue a command fails at once while Redis is away, so requests do not wait for it.
    this.client = config.redisUrl
      ? new Redis(config.redisUrl, {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: 250,
          connectTimeout: 2_000,
          retryStrategy: (attempt: number) => Math.min(attempt * 200, 2_000),
        })
      : null;
    // Without a listener an error event would end the process. /health/ready reports the state.
    this.client?.on('error', () => {});
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
