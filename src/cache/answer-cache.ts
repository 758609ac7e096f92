import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';
import { withoutPlace } from '../http/admission.js';
import { CallerRefused } from '../http/caller.js';
import type { PreparedAnswer } from '../http/prepared-answer.js';
import { CacheMetrics } from './cache-metrics.js';
import { RedisAnswers, type Wanted } from './redis-answers.js';

interface Kept {
  readonly answer: PreparedAnswer;
  readonly version: string;
}

const MEBIBYTE = 1024 * 1024;
// An entry takes about this much beside its body: objects, headers, and a link of the LRU list.
const OVERHEAD_BYTES = 1_000;

/** Keeps answers in memory, one version of each, up to a number of bytes; and in Redis, if there is one. */
@Injectable()
export class AnswerCache {
  readonly #kept: LRUCache<string, Kept> | null;
  readonly #loading = new Map<string, Promise<PreparedAnswer>>();

  constructor(
    config: Config,
    private readonly redis: RedisAnswers,
    private readonly metrics: CacheMetrics,
  ) {
    this.#kept =
      config.cacheMaxMb === 0
        ? null
        : new LRUCache({
            maxSize: config.cacheMaxMb * MEBIBYTE,
            sizeCalculation: ({ answer }, key) => answer.size + 2 * key.length + OVERHEAD_BYTES,
          });
    metrics.watchMemory(() => this.bytes);
  }

  get bytes(): number {
    return this.#kept?.calculatedSize ?? 0;
  }

  get isOn(): boolean {
    return this.#kept !== null;
  }

  /** Whether an answer is in memory, of any version. */
  has(key: string): boolean {
    return this.#kept?.has(key) ?? false;
  }

  find({ key, version, maxAge }: Wanted): PreparedAnswer | undefined {
    const kept = this.#kept?.get(key);
    if (kept?.version !== version) return undefined;
    const age = Date.now() - kept.answer.at;
    // Below 0: the clock was set back.
    if (age < 0 || age >= maxAge) return undefined;
    this.metrics.hit('memory');
    return kept.answer;
  }

  /** Finds the answer or makes it. Concurrent callers share one load; a failed load is not kept. */
  async get(wanted: Wanted, make: () => Promise<PreparedAnswer>): Promise<PreparedAnswer> {
    const found = this.find(wanted);
    if (found) return found;
    const id = `${wanted.version} ${wanted.key}`;
    const loading = this.#loading.get(id);
    if (loading) {
      this.metrics.hit('flight');
      return withoutPlace(() => loading).catch((error: unknown) => {
        // It was refused for what another caller does.
        if (error instanceof CallerRefused) return this.get(wanted, make);
        throw error;
      });
    }
    const load = this.#load(wanted, make).finally(() => this.#loading.delete(id));
    this.#loading.set(id, load);
    return load;
  }

  async #load(wanted: Wanted, make: () => Promise<PreparedAnswer>): Promise<PreparedAnswer> {
    const { key, version } = wanted;
    const shared = await this.redis.find(wanted);
    if (shared) {
      this.metrics.hit('redis');
      this.#kept?.set(key, { answer: shared, version });
      return shared;
    }
    const startedAt = performance.now();
    const answer = await make();
    this.metrics.filled(startedAt);
    this.#kept?.set(key, { answer, version });
    this.redis.store(wanted, answer);
    return answer;
  }
}
