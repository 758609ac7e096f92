import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BatchRunner } from './batch-runner.js';

describe('BatchRunner', () => {
  it('skips a row with a value that cannot be stored, logs it once, and processes the other rows', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const runner = new BatchRunner(3, 'property');
    const processed: number[] = [];
    const work = async (batch: readonly number[]): Promise<number[]> => {
      if (batch.includes(4)) throw Object.assign(new Error('secret'), { errno: 1264, sqlState: '22003' });
      processed.push(...batch);
      return [];
    };
    for (let run = 0; run < 2; run++)
      expect(await runner.run([1, 2, 3, 4, 5, 6, 7], work)).toEqual(new Set());
    expect(processed).toEqual([1, 2, 3, 5, 6, 7, 1, 2, 3, 5, 6, 7]);
    expect(logged.mock.calls).toEqual([
      ['property 4 has a value that cannot be stored: database error 1264 (22003)'],
    ]);
    logged.mockRestore();
  });

  it('skips a row whose statement exceeds the time limit, logs it once, and processes the other rows', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const runner = new BatchRunner(3, 'property');
    const batches: (readonly number[])[] = [];
    const work = async (batch: readonly number[]): Promise<number[]> => {
      batches.push(batch);
      if (batch.includes(2)) throw Object.assign(new Error('secret'), { errno: 3024, sqlState: 'HY000' });
      return [];
    };
    // After two timeouts the run stops. The next run gets what was skipped.
    const skipped = await runner.run([1, 2, 3, 4], work);
    expect([...skipped]).toEqual([3, 4]);
    expect(await runner.run([...skipped], work)).toEqual(new Set());
    expect(batches).toEqual([[1, 2, 3], [1], [2], [3, 4]]);
    // When it is requested again, it is tried alone and last.
    batches.length = 0;
    await runner.run([1, 2, 3], work);
    expect(batches).toEqual([[1, 3], [2]]);
    expect(logged.mock.calls).toEqual([['property 2 takes too long: database error 3024 (HY000)']]);
    logged.mockRestore();
  });
});
