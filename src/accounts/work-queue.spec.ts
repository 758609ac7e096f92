import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { WorkQueue } from './work-queue.js';

class Refused extends Error {}
const queueOf = (limits: Partial<{ concurrent: number; waiting: number; waitMs: number }> = {}) =>
  new WorkQueue({ concurrent: 1, waiting: 2, waitMs: 60_000, ...limits }, () => new Refused());

describe('WorkQueue', () => {
  it('runs so many at a time, and the others in order', async () => {
    const queue = queueOf({ concurrent: 2, waiting: 10 });
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3, 4].map((n) =>
      queue.run(() => {
        started.push(n);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await turn();
    expect(started).toEqual([0, 1]);
    for (let n = 0; n < 5; n++) {
      ends[n]!();
      await turn();
      expect(started).toHaveLength(Math.min(n + 3, 5));
    }
    await Promise.all(all);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    expect(await queue.run(async () => 'again')).toBe('again');
  });

  it('refuses work that finds no place, or that waits too long; an error leaves the place to the next', async () => {
    const queue = queueOf({ waitMs: 20 });
    let fail: (error: Error) => void;
    const first = queue.run(() => new Promise((_, reject) => (fail = reject)));
    const waiting = [queue.run(async () => 1), queue.run(async () => 2)];
    await expect(queue.run(async () => 3)).rejects.toThrow(Refused);
    for (const each of waiting) await expect(each).rejects.toThrow(Refused);
    const next = queue.run(async () => 4);
    fail!(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect(await next).toBe(4);
  });

  it('frees the place of a caller who has gone away', async () => {
    const queue = queueOf();
    let end: () => void;
    const first = queue.run(() => new Promise<void>((resolve) => (end = resolve)));
    let ran = 0;
    const callers = [new AbortController(), new AbortController()];
    const gone = callers.map(({ signal }) => queue.run(async () => ran++, signal));
    for (const caller of callers) caller.abort(new Error('gone'));
    for (const each of gone) await expect(each).rejects.toThrow('gone');
    const patient = [queue.run(async () => 'a'), queue.run(async () => 'b')];
    end!();
    await first;
    expect(await Promise.all(patient)).toEqual(['a', 'b']);
    expect(ran).toBe(0);
    await expect(queue.run(async () => ran++, callers[0]!.signal)).rejects.toThrow('gone');
  });
});
