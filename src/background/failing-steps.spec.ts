import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { FailingSteps } from './failing-steps.js';

const timeout = Object.assign(new Error('maximum statement execution time exceeded'), {
  errno: 3024,
  sqlState: 'HY000',
});

describe('FailingSteps', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('runs a failing step less and less often, at least every five minutes, and logs it once', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    let seconds = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => seconds * 1_000);
    const steps = new FailingSteps(new MetricsRegistry());
    const runs: number[] = [];
    const fail = async (): Promise<string> => {
      runs.push(seconds);
      throw timeout;
    };
    for (; seconds < 1_500; seconds++) expect(await steps.run('a', fail, 'failed')).toBe('failed');
    expect(runs).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1_111, 1_411]);
    expect(logged).toHaveBeenCalledTimes(1);
    expect(steps.list()).toMatchObject([{ step: 'a', failures: 13 }]);
    expect(await steps.run('b', async () => 'done', 'failed')).toBe('done');

    seconds = 2_000;
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
    expect(await steps.run('a', async () => 'done', 'failed')).toBe('done');
    expect(steps.list()).toEqual([]);
  });

  it('throws when the connection is lost', async () => {
    const steps = new FailingSteps(new MetricsRegistry());
    const lost = Object.assign(new Error('read ECONNRESET'), {
      code: 'ECONNRESET',
      errno: -104,
      fatal: true,
    });
    await expect(steps.run('a', () => Promise.reject(lost), 0)).rejects.toBe(lost);
    expect(steps.list()).toEqual([]);
  });
});
