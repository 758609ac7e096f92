import { describe, expect, it, jest } from '@jest/globals';
import { shareFor } from './share-for.js';

/** A function whose runs the test ends. */
function controlledWork() {
  const runs: PromiseWithResolvers<string>[] = [];
  const start = (): Promise<string> => {
    const run = Promise.withResolvers<string>();
    runs.push(run);
    return run.promise;
  };
  return { runs, start };
}

describe('shareFor', () => {
  it('shares one run among all calls during the run', async () => {
    const { runs, start } = controlledWork();
    const shared = shareFor(0, start);
    const calls = [shared(), shared(), shared()];
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('first');
    expect(await Promise.all(calls)).toEqual(['first', 'first', 'first']);
  });

  it('keeps the result for the given time, counted from the end of the run', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    try {
      const { runs, start } = controlledWork();
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

  it('does not keep a failure', async () => {
    const { runs, start } = controlledWork();
    const shared = shareFor(1_000, start);
    const failing = shared();
    runs[0]!.reject(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    void shared();
    expect(runs).toHaveLength(2);
  });
});
