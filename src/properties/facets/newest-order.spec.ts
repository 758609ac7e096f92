import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dateOf, type NewestEntry, secondsOf } from './newest-order.js';
import { PropertyColumns, READ_COLUMNS, type ReadRow } from './property-columns.js';

// Few dates, so that many are equal; the third one is impossible.
const DATES = [
  '1990-01-01 00:00:00',
  '2026-02-28 23:59:59',
  '2026-02-31 00:00:01',
  '2026-03-01 00:00:00',
  '2119-12-31 23:59:59',
];
const ANYWHERE = { south: -90, north: 90, west: -180, east: 180 };
const change = fc.record({
  property_id: fc.integer({ min: 1, max: 30 }),
  status_since: fc.constantFrom(...DATES),
  isVisible: fc.boolean(),
});
const rowOf = ({
  property_id,
  status_since,
  isVisible,
}: typeof change extends fc.Arbitrary<infer T> ? T : never) => ({
  ...(Object.fromEntries(READ_COLUMNS.map((column) => [column, null])) as unknown as ReadRow),
  property_id,
  status_since,
  latitude: 4,
  longitude: -73,
  availability: isVisible ? 'available' : null,
});
const isVisible = (columns: PropertyColumns) => (row: number) =>
  columns.visibility.valueOf(row).availability !== null;

describe('secondsOf', () => {
  it('keeps the order of the dates, and dateOf returns them', () => {
    expect(DATES.map((date) => dateOf(secondsOf(date)))).toEqual(DATES);
    expect(DATES.map(secondsOf)).toEqual(DATES.map(secondsOf).toSorted((a, b) => a - b));
  });

  it('is -1 for no date and for a date before 1990', () => {
    expect([null, '1989-12-31 23:59:59', '0000-00-00 00:00:00'].map(secondsOf)).toEqual([-1, -1, -1]);
  });
});

describe('NewestOrder', () => {
  it('pages as a plain sort does, also after changes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { maxLength: 20 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (batches, limit) => {
          const columns = new PropertyColumns(4);
          const rows = new Map<number, ReadRow>();
          for (const batch of batches) {
            columns.apply(batch.map(rowOf));
            for (const row of batch.map(rowOf)) rows.set(row.property_id, row);
            const expected = [...rows.values()]
              .filter((row) => row.availability !== null)
              .toSorted((a, b) =>
                a.status_since === b.status_since
                  ? b.property_id - a.property_id
                  : a.status_since! > b.status_since!
                    ? -1
                    : 1,
              )
              .map((row) => row.property_id);
            const found: number[] = [];
            for (let after: readonly [string, number] | null = null; found.length <= rows.size;) {
              const page: NewestEntry[] = columns.newest.find(columns, ANYWHERE, isVisible(columns), {
                after,
                limit,
                maxRows: 1_000,
              })!;
              found.push(...page.map(({ id }) => id));
              const last: NewestEntry | undefined = page.at(-1);
              if (page.length < limit || !last) break;
              after = [last.statusSince, last.id];
            }
            expect(found).toEqual(expected);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('begins after a date when the position has no id', () => {
    const columns = new PropertyColumns(4);
    columns.apply(
      DATES.map((status_since, i) => rowOf({ property_id: i + 1, status_since, isVisible: true })),
    );
    const options = { after: [DATES[2]!, null] as const, limit: 9, maxRows: 9 };
    expect(columns.newest.find(columns, ANYWHERE, () => true, options)?.map(({ id }) => id)).toEqual([2, 1]);
  });

  it.each([
    ['more rows than maxRows would have to be read', '2026-01-01 00:00:00', 2],
    ['a date is before 1990', '1000-01-01 00:00:00', 9],
    ['a date is too late for an exact key', '9999-12-31 00:00:00', 9],
  ])('finds nothing when %s', (_, status_since, maxRows) => {
    const columns = new PropertyColumns(4);
    columns.apply(
      [status_since, DATES[1]!, DATES[3]!].map((date, i) =>
        rowOf({ property_id: i + 1, status_since: date, isVisible: true }),
      ),
    );
    expect(columns.newest.find(columns, ANYWHERE, () => true, { after: null, limit: 9, maxRows })).toBeNull();
  });
});
