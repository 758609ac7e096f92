import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Config } from '../config/config.js';

/** The shared Redis, when there is one. Everything that uses it works without it. */
@Injectable()
export class SharedRedis implements OnApplicationShutdown {
  readonly client: Redis | null;

  constructor(config: Config) {
    // A command fails at once while Redis is away: waiting for it would make its trouble ours.
    this.client = config.redisUrl
      ? new Redis(config.redisUrl, {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: 250,
          connectTimeout: 2_000,
          retryStrategy: (attempt: number) => Math.min(attempt * 200, 2_000),
        })
      : null;
    // Without a listener Node would end the process; the state is told by /health/ready.
    this.client?.on('error', () => {});
  }

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

@Global()
@Module({ providers: [SharedRedis], exports: [SharedRedis] })
export class RedisModule {}
