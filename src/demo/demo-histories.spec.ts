import { describe, expect, it } from '@jest/globals';
import { demoListings, type DemoListing } from './demo-listings.js';

const now = new Date('2026-05-04T15:30:45.678Z');
const listings = [...demoListings({ count: 3000, now })];

describe('The history of a demo listing', () => {
  it('runs in order, in whole seconds, within two years before now', () => {
    for (const { history } of listings) {
      const times = history.map(({ at }) => at.getTime());
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
      for (const time of times) {
        expect(time % 1000).toBe(0);
        expect(time).toBeLessThan(now.getTime());
        expect(time).toBeGreaterThan(now.getTime() - 732 * 86_400_000);
      }
    }
  });

  it('is in the past even at midnight', () => {
    for (const instant of ['2026-01-01T00:00:00.001Z', '1970-01-01T00:00:00Z']) {
      const earliest = new Date(instant);
      for (const { history } of demoListings({ count: 300, now: earliest })) {
        for (const { at } of history) expect(at.getTime()).toBeLessThan(earliest.getTime());
      }
    }
  });

  it('leads to every status in plausible shares', () => {
    const share = (status: string | undefined) =>
      listings.filter((listing) => currentStatus(listing) === status).length / listings.length;
    expect(share('en_venta')).toBeCloseTo(0.5, 1);
    expect(share('vendido')).toBeCloseTo(0.25, 1);
    expect(share('pre_venta')).toBeCloseTo(0.12, 1);
    expect(share('comprando') + share('comprado')).toBeCloseTo(0.1, 1);
    expect(share('comprando')).toBeGreaterThan(0.02);
    expect(share('comprado')).toBeGreaterThan(0.02);
    expect(share(undefined)).toBeCloseTo(0.01, 1);
    expect(share(undefined)).toBeGreaterThan(0);
  });

  it('sometimes goes backwards, and sometimes starts for sale', () => {
    const sequences = new Set(listings.map(({ history }) => history.map(({ status }) => status).join(' ')));
    expect([...sequences].some((sequence) => sequence.includes('vendido comprado'))).toBe(true);
    expect([...sequences].some((sequence) => sequence.endsWith('pre_venta comprando'))).toBe(true);
    expect(sequences).toContain('en_venta');
  });
});

function currentStatus({ history }: DemoListing): string | undefined {
  return history.at(-1)?.status;
}
