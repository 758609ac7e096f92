import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GapTolerantCursor } from './gap-tolerant-cursor.js';

/** What a reader finds that asks as it is told. */
function read(tail: GapTolerantCursor, visible: ReadonlySet<number>, limit = Infinity): number[] {
  const sorted = [...visible].toSorted((a, b) => a - b);
  const late = sorted.filter((id) => id < tail.last && !tail.hasSeen(id));
  return [...late.slice(0, limit), ...sorted.filter((id) => id > tail.last).slice(0, limit)];
}

describe('GapTolerantCursor', () => {
  it('settles below the first id that was left out, until it comes', () => {
    const tail = GapTolerantCursor.from(10).took([11, 14, 17], 0);
    expect([tail.settled, tail.last]).toEqual([11, 17]);
    expect([11, 12, 13, 14, 17].map((id) => tail.hasSeen(id))).toEqual([true, false, false, true, true]);
    const later = tail.took([13, 15], 1);
    expect([later.settled, later.last]).toEqual([11, 17]);
    const last = later.took([12, 16, 18], 2);
    expect([last.settled, last.last]).toEqual([18, 18]);
  });

  it('gives up what does not come within two minutes, however many ids are left out', () => {
    const odd = Array.from({ length: 1_000 }, (_, i) => 2 * i + 1);
    let tail = GapTolerantCursor.from(0);
    for (const [i, id] of odd.entries()) tail = tail.took([id], i * 10);
    expect([tail.settled, tail.last]).toEqual([1, 1_999]);
    const later = tail.took([], 5_000 + 120_000);
    expect([later.settled, later.last]).toEqual([1_001, 1_999]);
    expect(later.hasSeen(1_002)).toBe(false);
    expect(later.took([1_002], 5_001 + 120_000).settled).toBe(1_003);
    expect(later.took([], 20_000 + 120_000).settled).toBe(1_999);
  });

  it('gives up a gap of billions of ids at once, without a step for each', () => {
    const tail = GapTolerantCursor.from(0).took([4_000_000_000], 0).took([4_000_000_002], 120_000);
    expect([tail.settled, tail.last]).toEqual([4_000_000_000, 4_000_000_002]);
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
        let tail = GapTolerantCursor.from(0);
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
          tail = GapTolerantCursor.from(tail.settled);
          restarts++;
        }
        for (let n = 0; n < 50; n++) readOn();
        expect(new Set(times.keys())).toEqual(visible);
        if (restarts === 0) expect(new Set(times.values())).toEqual(new Set([1]));
      }),
    );
  });
});
