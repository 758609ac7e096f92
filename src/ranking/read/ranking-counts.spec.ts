import { describe, expect, it } from '@jest/globals';
import type { RankingQuery } from './ranking-query.js';
import type { RankingRepository } from './ranking.repository.js';
import { RankingCounts } from './ranking-counts.js';

const QUERY = { sortColumn: 'hot', day: 1, filter: { statuses: [] } } as unknown as RankingQuery;

function countsOf(countAll: () => Promise<number>): RankingCounts {
  return new RankingCounts({ countAll } as unknown as RankingRepository);
}

describe('RankingCounts', () => {
  it('counts once for concurrent callers, keeps a count that took long, and then counts again', async () => {
    const results = [7, 8, 9];
    let tookMs = 20;
    const counts = countsOf(async () => {
      await new Promise((resolve) => setTimeout(resolve, tookMs));
      return results.shift()!;
    });
    expect(await Promise.all([counts.count(QUERY), counts.count(QUERY)])).toEqual([7, 7]);
    expect(await counts.count(QUERY)).toBe(7);
    expect(await counts.count({ ...QUERY, sortColumn: 'd7' })).toBe(8);
    tookMs = 0;
    while ((await counts.count(QUERY)) === 7) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(results).toEqual([]);
  });

  it('does not keep a failed count', async () => {
    let calls = 0;
    const counts = countsOf(() => (calls++ ? Promise.resolve(5) : Promise.reject(new Error('gone'))));
    await expect(counts.count(QUERY)).rejects.toThrow('gone');
    expect(await counts.count(QUERY)).toBe(5);
  });
});
