import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LogTail } from './log-tail.js';

/** What a reader finds that asks as it is told. */
function read(tail: LogTail, visible: ReadonlySet<number>, limit = Infinity): number[] {
  const late = [...visible].filter((id) => tail.gaps.some(({ from, to }) => from <= id && id <= to));
  const young = [...visible]
    .filter((id) => id > tail.last)
    .toSorted((a, b) => a - b)
    .slice(0, limit);
  return [...late, ...young];
}

describe('LogTail', () => {
  it('asks again for ids that were left out, and settles below the first of them', () => {
    const tail = new LogTail(10).took([11, 14, 17], 0);
    expect([tail.last, tail.settled, tail.gaps.map(({ from, to }) => [from, to])]).toEqual([
      17,
      11,
      [
        [12, 13],
        [15, 16],
      ],
    ]);
    const later = tail.took([13, 15], 1);
    expect([later.last, later.settled]).toEqual([17, 11]);
    const last = later.took([12, 16, 18], 2);
    expect([last.last, last.settled, last.gaps]).toEqual([18, 18, []]);
  });

  it('gives up an id that does not come, and never goes back', () => {
    const tail = new LogTail(0).took([2], 0);
    expect(tail.took([], 119_000).settled).toBe(0);
    const later = tail.took([], 121_000);
    expect([later.settled, later.gaps]).toEqual([2, []]);
  });

  it('reads every row once, in whatever order they come to be seen, and at least once when restarted anywhere', () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 40 }, (_, i) => i + 1),
      { minLength: 1 },
    );
    const steps = fc.array(fc.record({ reads: fc.integer({ min: 0, max: 3 }), restart: fc.boolean() }), {
      minLength: 40,
      maxLength: 40,
    });
    fc.assert(
      fc.property(order, steps, fc.integer({ min: 1, max: 5 }), (ids, plan, limit) => {
        const visible = new Set<number>();
        const times = new Map<number, number>();
        let tail = new LogTail(0);
        let restarts = 0;
        const readOn = (): void => {
          const found = read(tail, visible, limit);
          for (const id of found) times.set(id, (times.get(id) ?? 0) + 1);
          tail = tail.took(found, 0);
        };
        for (const [i, id] of ids.entries()) {
          visible.add(id);
          for (let n = 0; n < plan[i]!.reads; n++) readOn();
          if (!plan[i]!.restart) continue;
          tail = new LogTail(tail.settled);
          restarts++;
        }
        for (let n = 0; n < 50; n++) readOn();
        expect(new Set(times.keys())).toEqual(visible);
        if (restarts === 0) expect(new Set(times.values())).toEqual(new Set([1]));
      }),
    );
  });
});
