import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, type Position } from './pagination.js';
import { InvalidParameters } from './problem.js';

const ids = fc.integer({ min: 1 });
const positions: fc.Arbitrary<Position> = fc.oneof(
  fc.tuple(fc.constant(null), ids),
  fc.tuple(fc.oneof(fc.string(), fc.integer()), fc.oneof(ids, fc.constant(null))),
);

describe('cursors', () => {
  it('decode to the same position for the same list', () => {
    fc.assert(
      fc.property(fc.string(), positions, (scope, position) => {
        expect(decodeCursor(scope, encodeCursor(scope, position))).toEqual(position);
      }),
    );
  });

  it('are refused for another list and after a change of one character', () => {
    fc.assert(
      fc.property(positions, fc.nat(), fc.constantFrom('A', 'b', '3', '_', '='), (position, at, letter) => {
        const cursor = encodeCursor('list', position);
        expect(() => decodeCursor('other list', cursor)).toThrow(InvalidParameters);
        const index = at % cursor.length;
        const changed = cursor.slice(0, index) + letter + cursor.slice(index + 1);
        fc.pre(changed !== cursor);
        expect(() => decodeCursor('list', changed)).toThrow(InvalidParameters);
      }),
    );
  });

  it.each(['', 'x', '%', 'e30', 'AAAAAAAAAAAAW10'])('%j is refused as an invalid parameter', (cursor) => {
    expect(() => decodeCursor('list', cursor)).toThrow(InvalidParameters);
  });
});
