import { beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { KeptResults } from './kept-results.js';

describe('KeptResults', () => {
  let results: KeptResults<number>;
  let computed: number;
  const compute = async (): Promise<number> => {
    await wait(20);
    return ++computed;
  };

  beforeEach(() => {
    results = new KeptResults();
    computed = 0;
  });

  it('computes once for concurrent callers, and keeps a result that took long', async () => {
    expect(await Promise.all([results.get('a', compute), results.get('a', compute)])).toEqual([1, 1]);
    expect(await results.get('a', compute)).toBe(1);
    expect(await results.get('b', compute)).toBe(2);
  });

  it('computes again after 50 times the time that it took', async () => {
    await results.get('a', async () => ++computed);
    while ((await results.get('a', compute)) === 1) await wait(5);
    expect(computed).toBe(2);
  });

  it('does not keep a failed computation', async () => {
    await expect(results.get('a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(await results.get('a', compute)).toBe(1);
  });
});
