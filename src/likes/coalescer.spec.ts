import { describe, expect, it } from '@jest/globals';
import { Coalescer } from './coalescer.js';

describe('Coalescer', () => {
  it('runs once for the first call, and once more for all calls during that run', async () => {
    const coalescer = new Coalescer<number>();
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const work = async (): Promise<number> => {
      const run = ++runs;
      await gate.promise;
      return run;
    };
    const calls = Array.from({ length: 5 }, () => coalescer.run('a', work));
    expect(runs).toBe(1);
    gate.resolve();
    expect(await Promise.all(calls)).toEqual([
      { result: 1, isShared: false },
      { result: 2, isShared: false },
      { result: 2, isShared: true },
      { result: 2, isShared: true },
      { result: 2, isShared: true },
    ]);
  });

  it('runs each key separately, and starts a new run when none is running', async () => {
    const coalescer = new Coalescer<string>();
    const work = (result: string) => () => Promise.resolve(result);
    const [a, b] = await Promise.all([coalescer.run('a', work('a')), coalescer.run('b', work('b'))]);
    expect([a, b]).toEqual([
      { result: 'a', isShared: false },
      { result: 'b', isShared: false },
    ]);
    expect(await coalescer.run('a', work('again'))).toEqual({ result: 'again', isShared: false });
  });

  it('gives an error to the calls that share the run, and not to later calls', async () => {
    const coalescer = new Coalescer<string>();
    const failing = (): Promise<string> => Promise.reject(new Error('away'));
    const calls = await Promise.allSettled(Array.from({ length: 3 }, () => coalescer.run('a', failing)));
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await coalescer.run('a', () => Promise.resolve('back'))).result).toBe('back');
  });
});
