import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { daysOnMarket, type HistoryEntry, marketPeriods, monthOf, parseMonths } from './market.js';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2024, 10, 1);
const HOURS = 800 * 24;
const ZONE_HOURS = 5;

interface Step {
  availability: HistoryEntry['availability'];
  hour: number;
}

const naive = (hour: number, zoneHours = 0): string =>
  new Date(BEGIN + (hour - zoneHours) * HOUR).toISOString().slice(0, 19).replace('T', ' ');
const toEntries = (steps: readonly Step[], zoneHours = 0): HistoryEntry[] =>
  steps.map(({ availability, hour }) => ({ availability, at: naive(hour, zoneHours) }));

const history = fc
  .array(
    fc.record({
      availability: fc.constantFrom('available' as const, 'available' as const, 'sold' as const, null),
      hour: fc.oneof(
        fc.integer({ min: 0, max: HOURS }),
        // Around the end of a month.
        fc.integer({ min: 30 * 24 - 2, max: 30 * 24 + 2 }),
      ),
    }),
    { maxLength: 12 },
  )
  .map((steps) => steps.toSorted((a, b) => a.hour - b.hour));

/** The status of each hour. */
function statusAt(steps: readonly Step[], hour: number): Step['availability'] {
  return steps.findLast((step) => step.hour <= hour)?.availability ?? null;
}

describe('marketPeriods', () => {
  it('gives the days in which the status was available, at any moment after the last change', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 5_000 }), (steps, later) => {
        const now = (steps.at(-1)?.hour ?? 0) + later;
        let hours = 0;
        for (let hour = 0; hour < now; hour++) if (statusAt(steps, hour) === 'available') hours++;
        const expected = steps.some(({ availability }) => availability === 'available')
          ? Math.floor(hours / 24)
          : null;
        const { seconds, since } = marketPeriods(toEntries(steps), '+00:00');
        expect(daysOnMarket(seconds, since, BEGIN + now * HOUR + 1_234)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the months in which it was published, sold, and available at their last moment', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { months } = marketPeriods(toEntries(steps), '+00:00');
        const { published, sold, available } = parseMonths(months ?? '[null,[],[]]');
        const monthOfHour = (hour: number): number => monthOf((BEGIN + hour * HOUR) / 1_000);
        const first = steps.find(({ availability }) => availability !== null);
        expect(published).toBe(first ? monthOfHour(first.hour) : null);
        const sales = steps.filter(
          ({ availability }, i) => availability === 'sold' && steps[i - 1]?.availability !== 'sold',
        );
        expect(sold).toEqual([...new Set(sales.map(({ hour }) => monthOfHour(hour)))]);
        for (let month = 24_298; month < 24_340; month++) {
          const lastHour = (Date.UTC(Math.floor((month + 1) / 12), (month + 1) % 12) - BEGIN) / HOUR - 1;
          const isAvailable = available.some(([from, to]) => from <= month && month <= (to ?? Infinity));
          expect([month, isAvailable]).toEqual([month, statusAt(steps, lastHour) === 'available']);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the zone of the dates, and is the same at any time after the changes', () => {
    fc.assert(
      fc.property(history, (steps) => {
        expect(marketPeriods(toEntries(steps, ZONE_HOURS), '-05:00')).toEqual(
          marketPeriods(toEntries(steps), '+00:00'),
        );
      }),
    );
  });

  it('counts no period that begins or ends at an impossible date', () => {
    const entries = (...dates: string[]): HistoryEntry[] =>
      dates.map((at, i) => ({ at, availability: i % 2 ? 'sold' : 'available' }));
    const none = { seconds: null, since: null };
    expect(marketPeriods(entries('0000-00-00 00:00:00'), '+00:00')).toMatchObject(none);
    expect(marketPeriods(entries('2026-02-01 00:00:00', '2026-02-31 00:00:00'), '+00:00')).toMatchObject(
      none,
    );
    expect(
      marketPeriods(entries('0000-00-00 00:00:00', '2026-03-01 00:00:00', '2026-04-01 00:00:00'), '+00:00'),
    ).toEqual({ seconds: 0, since: Date.UTC(2026, 3) / 1_000, months: '[null,[24314],[[24315,null]]]' });
  });

  it('keeps a text of at most 400 characters', () => {
    const entries = Array.from({ length: 2_000 }, (_, i): HistoryEntry => ({
      availability: i % 2 ? 'sold' : 'available',
      at: naive(i * 15 * 24 + (i % 4) * 200),
    }));
    expect(marketPeriods(entries, '+00:00').months!.length).toBeLessThanOrEqual(400);
  });

  it('does not count the time before a date in the future', () => {
    expect(daysOnMarket(0, 1_000_000, 900_000_000)).toBe(0);
    expect(daysOnMarket(86_400, null, 900_000_000)).toBe(1);
  });
});
