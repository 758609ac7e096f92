import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BatchRunner } from './batch-runner.js';

describe('BatchRunner', () => {
  it('passes by what has a value that can not be used, tells it once, and does the rest', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const parts = new BatchRunner(3, 'property');
    const done: number[] = [];
    const work = async (part: readonly number[]): Promise<number[]> => {
      if (part.includes(4)) throw Object.assign(new Error('secret'), { errno: 1264, sqlState: '22003' });
      done.push(...part);
      return [];
    };
    for (let times = 0; times < 2; times++)
      expect(await parts.run([1, 2, 3, 4, 5, 6, 7], work)).toEqual(new Set());
    expect(done).toEqual([1, 2, 3, 5, 6, 7, 1, 2, 3, 5, 6, 7]);
    expect(told.mock.calls).toEqual([
      ['property 4 has a value that can not be used: database error 1264 (22003)'],
    ]);
    told.mockRestore();
  });
});
