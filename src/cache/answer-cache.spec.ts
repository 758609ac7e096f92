import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { Config } from '../config/config.js';
import { CallerGone } from '../http/caller.js';
import { PreparedAnswer } from '../http/prepared-answer.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AnswerCache } from './answer-cache.js';
import { CacheMetrics } from './cache-metrics.js';
import { RedisAnswers } from './redis-answers.js';
import { SharedRedis } from './shared-redis.js';

const MEBIBYTE = 1024 * 1024;

function cacheOf(cacheMaxMb: number): AnswerCache {
  const config = { cacheMaxMb, redisUrl: null, database: {} } as unknown as Config;
  const metrics = new CacheMetrics(new MetricsRegistry());
  return new AnswerCache(config, new RedisAnswers(new SharedRedis(config), metrics, config), metrics);
}

const wanted = (key: string, version = '1') => ({ key, version, versions: {}, maxAge: 4_000 });
const answer = (text: string) => PreparedAnswer.of({ text }, Date.now());

describe('AnswerCache', () => {
  it('a storm of different keys does not grow the memory, and keeps the newest', async () => {
    const cache = cacheOf(1);
    for (let i = 0; i < 50_000; i++)
      await cache.get(wanted(`/v1/properties?q=${i}`), async () => answer('x'.repeat(500)));
    expect(cache.bytes).toBeLessThanOrEqual(MEBIBYTE);
    expect(cache.bytes).toBeGreaterThan(MEBIBYTE / 2);
    expect(cache.find(wanted('/v1/properties?q=49999'))).toBeDefined();
    expect(cache.find(wanted('/v1/properties?q=0'))).toBeUndefined();
  });

  it('keeps one version of an answer', async () => {
    const cache = cacheOf(1);
    for (const version of ['1', '2']) await cache.get(wanted('a', version), async () => answer(version));
    expect(cache.find(wanted('a', '1'))).toBeUndefined();
    expect(cache.find(wanted('a', '2'))?.plain.toString()).toBe('{"text":"2"}');
  });

  it('does not keep what failed, nor an answer that is larger than the cache', async () => {
    const cache = cacheOf(1);
    const failed = cache.get(wanted('a'), () => Promise.reject(new Error('away')));
    await expect(failed).rejects.toThrow('away');
    expect((await cache.get(wanted('a'), async () => answer('x'))).plain.toString()).toBe('{"text":"x"}');
    await cache.get(wanted('b'), async () => answer('x'.repeat(MEBIBYTE)));
    expect(cache.find(wanted('b'))).toBeUndefined();
  });

  it('a caller whose answer another one loads does not share the refusal of that one', async () => {
    const cache = cacheOf(1);
    const first = cache.get(wanted('a'), () => Promise.reject(new CallerGone()));
    const second = cache.get(wanted('a'), async () => answer('x'));
    await expect(first).rejects.toThrow(CallerGone);
    expect((await second).plain.toString()).toBe('{"text":"x"}');
  });
});

describe('PreparedAnswer', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const usedBytes = async () => {
    for (let i = 0; i < 3; i++) {
      collectGarbage();
      await setImmediate();
    }
    return process.memoryUsage().arrayBuffers;
  };

  it('with its compressed variants needs no more memory than it says', async () => {
    const texts = ['short', 'x'.repeat(2_000), 'x'.repeat(40_000), randomBytes(20_000).toString('base64')];
    for (const text of texts) {
      const before = await usedBytes();
      const answers = Array.from({ length: 100 }, (_, i) => answer(`${text}${i}`));
      for (const one of answers)
        for (const encoding of ['gzip', 'br'] as const) await one.compressed(encoding);
      const promised = answers.reduce((sum, { size }) => sum + size, 0);
      expect((await usedBytes()) - before).toBeLessThanOrEqual(promised + 100_000);
    }
  });
});
