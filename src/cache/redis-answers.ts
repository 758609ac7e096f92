import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Config } from '../config/config.js';
import { PreparedAnswer } from '../http/prepared-answer.js';
import { CacheMetrics } from './cache-metrics.js';
import type { Versions } from './data-versions.js';
import { RedisPaused, SharedRedis } from './shared-redis.js';

/** The answer that a request needs. */
export interface Wanted {
  /** Path and parameters. */
  readonly key: string;
  /** The versions of all data that the answer depends on. */
  readonly version: string;
  readonly versions: Partial<Versions>;
  /** How long the answer may be used, in milliseconds: some changes raise no version. */
  readonly maxAge: number;
}

const MAX_BYTES = 1024 * 1024;
const LINE_END = 10;

/**
 * The answers that all processes share in Redis. A value is a line of JSON and the body. An error of Redis is counted, and
 * otherwise a miss.
 */
@Injectable()
export class RedisAnswers {
  readonly #client: Redis | null;
  /** Several deployments may share a Redis. */
  readonly #deployment: string;

  constructor(
    private readonly redis: SharedRedis,
    private readonly metrics: CacheMetrics,
    { database: { host, port, name, timezone } }: Config,
  ) {
    this.#client = redis.client;
    this.#deployment = [host, port, name, timezone].join(' ');
  }

  async find(wanted: Wanted): Promise<PreparedAnswer | undefined> {
    const client = this.#client;
    if (!client) return undefined;
    const id = this.#idOf(wanted);
    try {
      return await this.redis.run(async () => {
        const [value, ttl] = (await client.pipeline().getBuffer(id).pttl(id).exec()) ?? [];
        const error = value?.[0] ?? ttl?.[0];
        if (error) throw error;
        if (value?.[1] === null) return undefined;
        // Redis tells the age, so the clocks of the machines need not agree.
        const age = wanted.maxAge - Number(ttl?.[1]);
        if (!(age >= 0 && age <= wanted.maxAge)) return undefined;
        return decode(id, value?.[1], Date.now() - age);
      });
    } catch (error) {
      this.#count('get', error);
      return undefined;
    }
  }

  /** Does not wait for Redis. */
  store(wanted: Wanted, answer: PreparedAnswer): void {
    const client = this.#client;
    const ttl = Math.floor(wanted.maxAge - (Date.now() - answer.at));
    if (!client || ttl <= 0 || answer.plain.length > MAX_BYTES) return;
    const id = this.#idOf(wanted);
    this.redis
      .run(() => client.set(id, encode(id, answer), 'PX', ttl))
      .catch((error: unknown) => this.#count('set', error));
  }

  #count(command: 'get' | 'set', error: unknown): void {
    if (!(error instanceof RedisPaused)) this.metrics.failed(command);
  }

  #idOf({ key, version }: Wanted): string {
    return `answer:${hash('sha256', `${this.#deployment}\n${version}\n${key}`, 'base64url')}`;
  }
}

function encode(id: string, { etag, nextCursor, plain }: PreparedAnswer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ id, etag, nextCursor })}\n`), plain]);
}

/** @throws when the value is not the answer of this id */
function decode(id: string, value: unknown, at: number): PreparedAnswer {
  if (!Buffer.isBuffer(value)) throw new Error('the value is not a text');
  const end = value.indexOf(LINE_END);
  const head = JSON.parse(value.toString('utf8', 0, end)) as {
    id: string;
    etag: string;
    nextCursor: string | null;
  };
  const answer = new PreparedAnswer(value.subarray(end + 1), head.nextCursor, at);
  if (head.id !== id || head.etag !== answer.etag) throw new Error('the value is another answer');
  return answer;
}
