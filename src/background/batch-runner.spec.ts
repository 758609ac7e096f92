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
});
