import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toDatabaseTime, toUtc } from './time.js';

describe('toUtc', () => {
  it.each([
    ['2026-05-01 10:00:00', '+00:00', '2026-05-01T10:00:00Z'],
    ['2026-05-01 10:00:00.123', '+00:00', '2026-05-01T10:00:00.123Z'],
    ['2026-05-01 20:00:00', '-05:00', '2026-05-02T01:00:00Z'],
    ['2026-05-01 02:00:00.100', '+05:30', '2026-04-30T20:30:00.100Z'],
    ['0000-00-00 00:00:00', '+00:00', null],
    ['2026-00-10 00:00:00', '+00:00', null],
    ['2026-10-00 00:00:00', '+00:00', null],
    ['0000-00-00 00:00:00', '-05:00', null],
    ['2026-02-31 10:00:00', '+00:00', null],
    ['2026-02-29 10:00:00', '-05:00', null],
    ['1900-02-29 10:00:00', '+00:00', null],
    ['2024-02-29 10:00:00', '+00:00', '2024-02-29T10:00:00Z'],
    ['2000-02-29 10:00:00', '+00:00', '2000-02-29T10:00:00Z'],
    ['2026-11-31 10:00:00', '+05:30', null],
    ['2026-12-31 10:00:00', '+00:00', '2026-12-31T10:00:00Z'],
    [null, '-05:00', null],
  ])('%s at %s is %s', (naive, offset, utc) => expect(toUtc(naive, offset)).toBe(utc));

  it('undoes toDatabaseTime in every zone', () => {
    const offsets = fc.constantFrom('+00:00', '-05:00', '+05:30', '-00:30', '+14:00');
    const moments = fc.date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(moments, offsets, (moment, offset) => {
        const seconds = Math.floor(moment.getTime() / 1000) * 1000;
        expect(Date.parse(toUtc(toDatabaseTime(moment, offset), offset)!)).toBe(seconds);
      }),
    );
  });
});
