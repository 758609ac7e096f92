import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';
import { PreparedAnswer } from '../http/prepared-answer.js';

/** Which answer is wanted, and of which data. */
export interface Wanted {
  /** Path and parameters. */
  readonly key: string;
  /** The versions of all data that the answer depends on. */
  readonly version: string;
  /** How long the answer may be used, in milliseconds: some changes raise no version. */
  readonly maxAge: number;
}
interface Kept {
  readonly answer: PreparedAnswer;
  readonly version: string;
}

const MEBIBYTE = 1024 * 1024;
// Of an entry beside its body: objects, headers and the list of the LRU cache.
const OVERHEAD_BYTES = 1_000;

/** Keeps answers in memory, one version of each, up to a number of bytes. */
@Injectable()
export class AnswerCache {
  readonly #kept: LRUCache<string, Kept> | null;
  readonly #loading = new Map<string, Promise<PreparedAnswer>>();

  constructor(config: Config) {
    this.#kept =
      config.cacheMaxMb === 0
        ? null
        : new LRUCache({
            maxSize: config.cacheMaxMb * MEBIBYTE,
            sizeCalculation: ({ answer }, key) => answer.size + 2 * key.length + OVERHEAD_BYTES,
          });
  }

  get isOn(): boolean {
    return this.#kept !== null;
  }

  find({ key, version, maxAge }: Wanted): PreparedAnswer | undefined {
    const kept = this.#kept?.get(key);
    if (kept?.version !== version) return undefined;
    const age = Date.now() - kept.answer.at;
    // Below 0: the clock was set back.
    return age >= 0 && age < maxAge ? kept.answer : undefined;
  }

  /** Finds the answer or loads it. Concurrent callers share one load; a failed load is not kept. */
  async get(wanted: Wanted, load: () => Promise<PreparedAnswer>): Promise<PreparedAnswer> {
    const found = this.find(wanted);
    if (found) return found;
    const id = `${wanted.version} ${wanted.key}`;
    let loading = this.#loading.get(id);
    if (!loading) {
      loading = this.#load(wanted, load).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  async #load({ key, version }: Wanted, load: () => Promise<PreparedAnswer>): Promise<PreparedAnswer> {
    const answer = await load();
    this.#kept?.set(key, { answer, version });
    return answer;
  }
}
