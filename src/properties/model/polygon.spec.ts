import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pointInPolygon from 'point-in-polygon-hao';
import { insideOf, isSimple, polygonOf } from './polygon.js';

const corners = (...pairs: [lng: number, lat: number][]) =>
  polygonOf(pairs.map(([lng, lat]) => ({ lng, lat })));
const isInside = (polygon: ReturnType<typeof corners>, [lng, lat]: [number, number]) =>
  insideOf([polygon])(lat, lng);

describe('a polygon', () => {
  const square = corners([-74, 4], [-73, 4], [-73, 5], [-74, 5]);

  it('contains its inside, its corners and its lines', () => {
    for (const point of [
      [-73.5, 4.5],
      [-74, 4],
      [-73, 4.000001],
      [-73.999999, 5],
    ] as [number, number][])
      expect([point, isInside(square, point)]).toEqual([point, true]);
    expect(isInside(square, [-72.999999, 4.5])).toBe(false);
    expect(isInside(square, [-73.5, 3.999999])).toBe(false);
  });

  it('decides by a millionth of a degree on a slanted line, where the product of doubles is rounded', () => {
    const triangle = corners([-79.000001, -4.2], [-66.000002, 12.5], [-79.000001, 12.5]);
    const [lng, lat] = [-72.5000015, 4.15];
    expect(isInside(triangle, [lng, lat])).toBe(true);
    expect(isInside(triangle, [lng + 0.000_000_001, lat])).toBe(false);
  });

  it('has no repeated corner; the last one may repeat the first', () => {
    expect(corners([0, 0], [0, 0], [1, 0], [1, 1], [1, 1], [0, 0])).toEqual(corners([0, 0], [1, 0], [1, 1]));
  });

  it.each<[string, [number, number][]]>([
    ['crosses itself', [[0, 0], [2, 2], [2, 0], [0, 2]]], // prettier-ignore
    ['touches itself at a corner', [[0, 0], [1, 1], [2, 0], [2, 2], [1, 1], [0, 2]]], // prettier-ignore
    ['touches a line with a corner', [[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]]], // prettier-ignore
    ['goes back on its own line', [[0, 0], [4, 0], [2, 0], [2, 3]]], // prettier-ignore
    ['has corners on one line only', [[0, 0], [1, 1], [2, 2]]], // prettier-ignore
    ['has two different corners', [[0, 0], [1, 1], [0, 0]]], // prettier-ignore
  ])('is not simple when it %s', (_, pairs) => {
    expect(isSimple(corners(...pairs))).toBe(false);
  });

  it('contains what an independent library finds, for any simple polygon and point of a grid', () => {
    const grid = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
    let simple = 0;
    fc.assert(
      fc.property(
        fc.array(grid, { minLength: 3, maxLength: 7 }),
        fc.array(grid, { maxLength: 20 }),
        (ring, points) => {
          const polygon = corners(...ring);
          if (!isSimple(polygon)) return;
          simple++;
          for (const point of points) {
            const expected = pointInPolygon(point, [[...ring, ring[0]!]]) !== false;
            expect([point, isInside(polygon, point)]).toEqual([point, expected]);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(simple).toBeGreaterThan(100);
  });
});
