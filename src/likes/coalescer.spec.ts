import { describe, expect, it } from '@jest/globals';
import { Coalescer } from './coalescer.js';

describe('Coalescer', () => {
  it('runs once for the first caller and once for all who ask meanwhile', async () => {
    const coalescer = new Coalescer();
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const work = async (): Promise<number> => {
      const run = ++runs;
      await gate.promise;
      return run;
    };
    const asked = Array.from({ length: 5 }, () => coalescer.run('a', 'like', work));
    expect(runs).toBe(1);
    gate.resolve();
    expect(await Promise.all(asked)).toEqual([
      { result: 1, isShared: false },
      { result: 2, isShared: false },
      { result: 2, isShared: true },
      { result: 2, isShared: true },
      { result: 2, isShared: true },
    ]);
  });

  it('keeps other keys apart, and begins again when nothing runs', async () => {
    const coalescer = new Coalescer();
    const work = (result: string) => () => Promise.resolve(result);
    const [a, b] = await Promise.all([
      coalescer.run('a', 'like', work('a')),
      coalescer.run('b', 'like', work('b')),
    ]);
    expect([a, b]).toEqual([
      { result: 'a', isShared: false },
      { result: 'b', isShared: false },
    ]);
    expect(await coalescer.run('a', 'like', work('again'))).toEqual({ result: 'again', isShared: false });
  });

  it('gives an error to those who share the run, and to nobody after them', async () => {
    const coalescer = new Coalescer();
    const failing = (): Promise<string> => Promise.reject(new Error('away'));
    const asked = await Promise.allSettled(
      Array.from({ length: 3 }, () => coalescer.run('a', 'like', failing)),
    );
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await coalescer.run('a', 'like', () => Promise.resolve('back'))).result).toBe('back');
  });

  it('runs different work on one key in the order of arrival', async () => {
    const coalescer = new Coalescer();
    const done: string[] = [];
    const work = (kind: string) => async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(kind);
    };
    const kinds = ['like', 'unlike', 'unlike', 'like', 'unlike'];
    await Promise.all(kinds.map((kind) => coalescer.run('a', kind, work(kind))));
    expect(done).toEqual(['like', 'unlike', 'like', 'unlike']);
  });
});
