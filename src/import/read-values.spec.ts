import { describe, expect, it } from '@jest/globals';
import {
  dateReader,
  isDateFormat,
  readCurrency,
  readDecimal,
  readLongText,
  readRaw,
  readText,
  readWhole,
  readWord,
} from './read-values.js';

const ANY = { min: -1e15, max: 1e15 };

describe('readRaw', () => {
  it.each([
    ['  two  words ', 'two  words'],
    [' \t\n\u00A0', null],
    ['', null],
    ['\u200B\u2060 \uFEFF\u00AD', null],
    ['\u3164', null],
    ['👩\u200D🚀', '👩\u200D🚀'],
    [null, null],
    [undefined, null],
    [5, '5'],
    [false, 'false'],
    ['🏠 東京', '🏠 東京'],
    ['Bogota\u0301', 'Bogotá'],
  ])('%j is %j', (value, text) => expect(readRaw(value)).toBe(text));

  it('refuses a long run of combining characters at once', () => {
    const began = performance.now();
    expect(() => readRaw(`a${'\u0301\u0323'.repeat(500_000)}`)).toThrow(
      'must not have more than 30 combining characters in a row',
    );
    expect(readRaw('a\u0301\u0323'.repeat(10_000))).toBe('ạ́'.normalize('NFC').repeat(10_000));
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each([['a\0b'], ['\uFFFD'], ['\uD83D'], [['a']], [{}], [2 ** 53]])('refuses %j', (value) =>
    expect(() => readRaw(value)).toThrow(/^must be/),
  );
});

describe('texts', () => {
  it('have at most as many characters as the column, where an emoji counts once', () => {
    expect(readText('🏠'.repeat(32), 32)).toBe('🏠'.repeat(32));
    expect(() => readText('á'.repeat(33), 32)).toThrow('must have at most 32 characters');
  });

  it('of long columns are limited in bytes', () => {
    expect(readLongText('á'.repeat(10), 20)).toHaveLength(10);
    expect(() => readLongText('á'.repeat(11), 20)).toThrow('must have at most 20 bytes');
  });
});

describe('readDecimal', () => {
  it.each([
    ['57.0', 57],
    ['-73.6397247314453', -73.6397247314453],
    ['1.225e+06', 1_225_000],
    ['.5', 0.5],
    ['+3', 3],
    ['$ 150.000.000', 150_000_000],
    ['COP $150.000.000', 150_000_000],
    ['82,00 m2', 82],
    ['82,5m²', 82.5],
    ['1.225,50', 1225.5],
    ['1,225.50', 1225.5],
    ['1,225,000', 1_225_000],
    ['1225,500', 1225.5],
    ['0,225', 0.225],
    ['-0', 0],
  ])('%s is %d', (text, value) => expect(readDecimal(text, ANY)).toBe(value));

  it.each([
    ['1.225', 1225],
    ['1,225', 1.225],
    ['-1.225', -1225],
    ['57.0', 57],
    ['0.225', 0.225],
    ['1.500.000', 1_500_000],
  ])('%s is %d with a decimal comma', (text, value) =>
    expect(readDecimal(text, { ...ANY, decimal: 'comma' })).toBe(value),
  );

  it.each([
    ['1.225', 1.225],
    ['1,225', 1225],
    ['-1,225', -1225],
    ['1.225 m2', 1.225],
    ['1,225,000', 1_225_000],
    ['1.225,50', 1225.5],
  ])('%s is %d with a decimal point', (text, value) =>
    expect(readDecimal(text, { ...ANY, decimal: 'point' })).toBe(value),
  );

  it.each(['1,225', '1.225', '850.000', '850,000', '1.200 m2', '$ 850.000', '-1.225', '+1,225'])(
    'refuses %s, which can mean thousands or decimals',
    (text) => {
      const message = 'can mean thousands or decimals: "decimal": "point" or "comma" in the map says which';
      expect(() => readDecimal(text, ANY)).toThrow(message);
      expect(() => readWhole(text, ANY)).toThrow(message);
    },
  );

  it.each([
    ['-74.250', -74.25],
    ['4,125', 4.125],
  ])('%s is %d when thousands are out of range', (text, value) =>
    expect(readDecimal(text, { min: -90, max: 90 })).toBe(value),
  );

  it('refuses a long text at once', () => {
    const began = performance.now();
    for (const part of [' ', '1', '.', '1.225', ' m', 'e1']) {
      const text = `1${part.repeat(1_000_000)}x`;
      for (const read of [readDecimal, readWhole]) {
        expect(() => read(text, ANY)).toThrow('must be a number of at most 64 characters');
      }
    }
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each([
    'Desde $ 1 Hasta $ 2',
    '',
    '-',
    '1.2.3',
    '1.5000.000',
    '1.500,000.5',
    '1,5,5',
    '0x10',
    '1 000',
    'Infinity',
    'NaN',
    '1e999',
    'm2',
  ])('refuses %j', (text) => expect(() => readDecimal(text, ANY)).toThrow(/^must be a number from/));

  it('refuses a value out of range', () => {
    expect(() => readDecimal('90.1', { min: -90, max: 90 })).toThrow('must be a number from -90 to 90');
  });
});

describe('readWhole', () => {
  const money = { min: 1, max: Number.MAX_SAFE_INTEGER };

  it.each([
    ['57.0', 57],
    ['1.5e3', 1500],
    ['9007199254740991', 9007199254740991],
    ['$ 150.000.000,00', 150_000_000],
  ])('%s is %d', (text, value) => expect(readWhole(text, money)).toBe(value));

  it.each(['57.5', '0', '-1', '9007199254740992', '9007199254740993', '150000000.00000000001', '1e-3', 'x'])(
    'refuses %s',
    (text) =>
      expect(() => readWhole(text, money)).toThrow('must be a whole number from 1 to 9007199254740991'),
  );
});

describe('words', () => {
  it('must be in the list', () => {
    expect(readWord('lot', ['house', 'lot'])).toBe('lot');
    expect(() => readWord('Lot', ['house', 'lot'])).toThrow('must be one of house, lot');
  });

  it('for a currency must have three letters', () => {
    expect(readCurrency('cop')).toBe('COP');
    expect(() => readCurrency('$')).toThrow('must be a code of three letters');
  });
});

describe('dateReader', () => {
  const read = (text: string, format?: string): string =>
    dateReader({ format, zone: 'America/Bogota' })(text).toISOString();

  it.each([
    ['2020-09-14', undefined, '2020-09-14T05:00:00.000Z'],
    ['2020-09-14 14:41:45', undefined, '2020-09-14T19:41:45.000Z'],
    ['2020-09-14T14:41:45.5+02:00', undefined, '2020-09-14T12:41:45.500Z'],
    ['2020-09-14T14:41Z', undefined, '2020-09-14T14:41:00.000Z'],
    ['9/14/2020 2:41:45 PM', 'M/d/yyyy h:mm:ss a', '2020-09-14T19:41:45.000Z'],
    ['Mon Apr  3 03:33:53 2023', 'EEE MMM d HH:mm:ss yyyy', '2023-04-03T08:33:53.000Z'],
  ])('%s by the format %s', (text, format, time) => expect(read(text, format)).toBe(time));

  it.each([
    ['14:41', undefined],
    ['2020', undefined],
    ['2020-W05', undefined],
    ['2020-02-30', undefined],
    ['14/9/2020 2:41:45 PM', 'M/d/yyyy h:mm:ss a'],
    ['Tue Apr 3 03:33:53 2023', 'EEE MMM d HH:mm:ss yyyy'],
    [`2020-09-14${' '.repeat(1_000_000)}`, undefined],
  ])('refuses %.30s by the format %s', (text, format) =>
    expect(() => read(text, format)).toThrow(/^must be a date/),
  );

  it.each([
    ['M/d/yyyy', true],
    ['dd/MM/yy HH:mm', true],
    ['HH:mm', false],
    ['MM/yyyy', false],
    ['', false],
    ['nonsense', false],
  ])('%j as a format: %j', (format, ok) => expect(isDateFormat(format)).toBe(ok));
});
