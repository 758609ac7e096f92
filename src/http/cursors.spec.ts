import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cursors, type Position } from './cursors.js';
import { InvalidParameters } from './problem.js';

const cursors = new Cursors(['the secret of the tests, long enough']);
const ids = fc.integer({ min: 1 });
const positions: fc.Arbitrary<Position> = fc.oneof(
  fc.tuple(fc.constant(null), ids),
  fc.tuple(fc.oneof(fc.string(), fc.integer()), fc.oneof(ids, fc.constant(null))),
);

describe('cursors', () => {
  it('decode to the same position for the same list', () => {
    fc.assert(
      fc.property(fc.string(), positions, (scope, position) => {
        expect(cursors.decode(scope, cursors.encode(scope, position))).toEqual(position);
      }),
    );
  });

  it('are refused for another list and after a change of one character', () => {
    fc.assert(
      fc.property(positions, fc.nat(), fc.constantFrom('A', 'b', '3', '_', '='), (position, at, letter) => {
        const cursor = cursors.encode('list', position);
        expect(() => cursors.decode('other list', cursor)).toThrow(InvalidParameters);
        const index = at % cursor.length;
        const changed = cursor.slice(0, index) + letter + cursor.slice(index + 1);
        fc.pre(changed !== cursor);
        expect(() => cursors.decode('list', changed)).toThrow(InvalidParameters);
      }),
    );
  });

  it.each(['', 'x', '%', 'e30', 'AAAAAAAAAAAAW10'])('%j is refused as an invalid parameter', (cursor) => {
    expect(() => cursors.decode('list', cursor)).toThrow(InvalidParameters);
  });

  it('show nothing of the position', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 15n, max: 10n ** 16n - 1n }), ids, (score, id) => {
        const cursor = cursors.encode('popular', [String(score), id]);
        const bytes = Buffer.from(cursor, 'base64url').toString('latin1');
        expect(bytes).not.toContain(String(score).slice(0, 6));
        expect(cursor).toMatch(/^[\w-]{80,110}$/);
      }),
    );
    const [one, other] = [1, 2].map((id) => Buffer.from(cursors.encode('list', [5, id]), 'base64url'));
    // A stream cipher with one nonce for both would show where they differ.
    const equal = [...one!].filter((byte, i) => byte === other![i]).length;
    expect(equal).toBeLessThan(8);
  });

  it('are equal for equal positions in all processes, so ETags are equal', () => {
    const again = new Cursors(['the secret of the tests, long enough']);
    expect(again.encode('list', [5, 1])).toBe(cursors.encode('list', [5, 1]));
  });

  it('of an earlier secret are read, and of an unknown one refused', () => {
    const cursor = cursors.encode('list', [5, 1]);
    const rotated = new Cursors([
      'a new secret of the tests, long enough',
      'the secret of the tests, long enough',
    ]);
    expect(rotated.decode('list', cursor)).toEqual([5, 1]);
    expect(rotated.encode('list', [5, 1])).not.toBe(cursor);
    const other = new Cursors(['a new secret of the tests, long enough']);
    expect(() => other.decode('list', cursor)).toThrow(InvalidParameters);
  });
});
