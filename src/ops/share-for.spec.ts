import { describe, expect, it, jest } from '@jest/globals';
import { shareFor } from './share-for.js';

/** Work that ends when the test says so. */
function work() {
  const runs: PromiseWithResolvers<string>[] = [];
  const start = (): Promise<string> => {
    const run = Promise.withResolvers<string>();
    runs.push(run);
    return run.promise;
  };
  return { runs, start };
}

describe('shareFor', () => {
  it('gives one run to all who ask while it runs, however long it takes', async () => {
    const { runs, start } = work();
    const shared = shareFor(0, start);
    const asked = [shared(), shared(), shared()];
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('first');
    expect(await Promise.all(asked)).toEqual(['first', 'first', 'first']);
  });

  it('keeps the result for its time, counted from the end of the run', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    try {
      const { runs, start } = work();
      const shared = shareFor(1_000, start);
      const first = shared();
      now.mockReturnValue(5_000);
      runs[0]!.resolve('first');
      await first;
      now.mockReturnValue(5_999);
      expect(await shared()).toBe('first');
      now.mockReturnValue(6_000);
      void shared();
      expect(runs).toHaveLength(2);
    } finally {
      now.mockRestore();
    }
  });

  it('keeps no failure', async () => {
    const { runs, start } = work();
    const shared = shareFor(1_000, start);
    const failing = shared();
    runs[0]!.reject(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    void shared();
    expect(runs).toHaveLength(2);
  });
});
