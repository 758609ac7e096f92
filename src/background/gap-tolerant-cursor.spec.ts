import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GapTolerantCursor } from './gap-tolerant-cursor.js';

/** The ids that a reader with this cursor reads next. */
function readNext(cursor: GapTolerantCursor, visible: ReadonlySet<number>, limit = Infinity): number[] {
  const sorted = [...visible].toSorted((a, b) => a - b);
  const late = sorted.filter((id) => id < cursor.last && !cursor.hasSeen(id));
  return [...late.slice(0, limit), ...sorted.filter((id) => id > cursor.last).slice(0, limit)];
}

describe('GapTolerantCursor', () => {
  it('settles below the first missing id, until that id is read', () => {
    const cursor = GapTolerantCursor.from(10).afterReading([11, 14, 17], 0);
    expect([cursor.settled, cursor.last]).toEqual([11, 17]);
    expect([11, 12, 13, 14, 17].map((id) => cursor.hasSeen(id))).toEqual([true, false, false, true, true]);
    const later = cursor.afterReading([13, 15], 1);
    expect([later.settled, later.last]).toEqual([11, 17]);
    const last = later.afterReading([12, 16, 18], 2);
    expect([last.settled, last.last]).toEqual([18, 18]);
  });

  it('gives up missing ids after two minutes, however many they are', () => {
    const odd = Array.from({ length: 1_000 }, (_, i) => 2 * i + 1);
    let cursor = GapTolerantCursor.from(0);
    for (const [i, id] of odd.entries()) cursor = cursor.afterReading([id], i * 10);
    expect([cursor.settled, cursor.last]).toEqual([1, 1_999]);
    const later = cursor.afterReading([], 5_000 + 120_000);
    expect([later.settled, later.last]).toEqual([1_001, 1_999]);
    expect(later.hasSeen(1_002)).toBe(false);
    expect(later.afterReading([1_002], 5_001 + 120_000).settled).toBe(1_003);
    expect(later.afterReading([], 20_000 + 120_000).settled).toBe(1_999);
  });

  it('gives up a gap of billions of ids without iterating over them', () => {
    const cursor = GapTolerantCursor.from(0)
      .afterReading([4_000_000_000], 0)
      .afterReading([4_000_000_002], 120_000);
    expect([cursor.settled, cursor.last]).toEqual([4_000_000_000, 4_000_000_002]);
  });

  it('reads every row exactly once in any commit order, and at least once after restarts', () => {
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
        const reads = new Map<number, number>();
        let cursor = GapTolerantCursor.from(0);
        let restarts = 0;
        const readBatch = (): void => {
          const found = readNext(cursor, visible, limit);
          for (const id of found) reads.set(id, (reads.get(id) ?? 0) + 1);
          cursor = cursor.afterReading(found, 0);
        };
        for (const [i, id] of ids.entries()) {
          visible.add(id);
          for (let n = 0; n < plan[i]!.reads; n++) readBatch();
          if (!plan[i]!.restart) continue;
          cursor = GapTolerantCursor.from(cursor.settled);
          restarts++;
        }
        for (let n = 0; n < 50; n++) readBatch();
        expect(new Set(reads.keys())).toEqual(visible);
        if (restarts === 0) expect(new Set(reads.values())).toEqual(new Set([1]));
      }),
    );
  });
});
