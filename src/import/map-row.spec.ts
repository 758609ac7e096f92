import { describe, expect, it } from '@jest/globals';
import { mapOfOwnFields, parseMap } from './load-map.js';
import { rowMapper, type Verdict } from './map-row.js';

const limits = { statuses: ['en_venta', 'vendido'], latest: new Date('2026-01-02T00:00:00Z') };

const FIELDS = {
  externalRef: { columns: ['id'] },
  city: { column: 'city' },
  price: { column: 'price' },
};

function mapRow(row: Record<string, unknown>, more: object = {}): Verdict {
  const map = parseMap({ source: 'portal', timezone: 'America/Bogota', fields: { ...FIELDS, ...more } });
  return rowMapper(map, limits)({ value: (column) => row[column] });
}

function mapOwn(row: Record<string, unknown>): Verdict {
  const all = { externalRef: 'portal:7', city: 'Cali', price: '5', ...row };
  return rowMapper(
    mapOfOwnFields(Object.keys(all)),
    limits,
  )({ value: (column) => (all as typeof row)[column] });
}

const reasons = ({ faults }: Verdict): string[] | undefined => faults?.map(({ reason }) => reason);
const ROW = { id: '7', city: ' Bogotá ', price: '$ 150.000.000' };

describe('rowMapper', () => {
  it('returns a listing with null for blank values and for fields that are not mapped', () => {
    expect(mapRow({ ...ROW, m2: ' ' }, { area: { column: 'm2' } }).listing).toEqual({
      externalRef: 'portal:7',
      city: 'Bogotá',
      price: 150_000_000,
      address: null,
      neighbourhood: null,
      currency: null,
      description: null,
      year: null,
      propertyType: null,
      area: null,
      bedrooms: null,
      bathrooms: null,
      parkingSpots: null,
      stratum: null,
      latitude: null,
      longitude: null,
      createdAt: null,
      history: [{ status: 'en_venta', at: null }],
    });
  });

  it.each<[string, object, unknown, string[]]>([
    [
      'one column, separated by blanks or bars',
      { column: 'p' },
      { p: 'https://a.co/1 https://a.co/2|https://a.co/1\n' },
      ['https://a.co/1', 'https://a.co/2'],
    ],
    [
      'one column with its own separator',
      { column: 'p', separator: ';' },
      { p: 'https://a.co/1;https://a.co/2;' },
      ['https://a.co/1', 'https://a.co/2'],
    ],
    [
      'several columns',
      { columns: ['p', 'q', 'r'] },
      { p: 'https://a.co/2', q: ' ', r: 'https://a.co/1' },
      ['https://a.co/2', 'https://a.co/1'],
    ],
    [
      'a list in JSON',
      { column: 'p' },
      { p: ['https://a.co/2', 'https://a.co/1'] },
      ['https://a.co/2', 'https://a.co/1'],
    ],
    ['a blank column: none', { column: 'p' }, { p: '' }, []],
    [
      'what is readable, when the rest is unknown',
      { column: 'p', unreadable: 'unknown' },
      { p: 'ftp://a.co https://a.co/1' },
      ['https://a.co/1'],
    ],
  ])('reads photos from %s', (_, photos, row, urls) => {
    const { listing } = mapRow({ ...ROW, ...(row as object) }, { photos });
    expect(listing?.photos).toEqual(urls.map((url) => ({ url, caption: null })));
  });

  it('rejects a row with photos that are not public https URLs, or with more than 50', () => {
    const photos = { photos: { column: 'p' } };
    expect(reasons(mapRow({ ...ROW, p: 'http://a.co/1 https://a.co/1 https://10.0.0.1/' }, photos))).toEqual([
      'photos "http://a.co/1" must be https URLs of at most 1000 characters that name no private address',
      'photos "https://10.0.0.1/" must be https URLs of at most 1000 characters that name no private address',
    ]);
    const many = Array.from({ length: 51 }, (_, i) => `https://a.co/${i}`).join(' ');
    expect(reasons(mapRow({ ...ROW, p: many }, photos))).toEqual(['photos must be at most 50']);
  });

  it('reads every field from the column with its name', () => {
    const texts = {
      address: 'Calle 1',
      neighbourhood: 'Sur',
      currency: 'usd',
      description: '🏠',
      year: '1990',
      propertyType: 'farm',
      area: '82,5 m2',
      bedrooms: '3.0',
      bathrooms: 2,
      parkingSpots: '0',
      stratum: '4',
      latitude: '4.5',
      longitude: '-74.25',
    };
    const numbers = { year: 1990, area: 82.5, bedrooms: 3, parkingSpots: 0, stratum: 4 };
    const dates = { createdAt: '2024-05-01', status: 'vendido', statusSince: '2024-06-01T10:00:00-05:00' };
    expect(mapOwn({ ...texts, ...dates }).listing).toEqual({
      externalRef: 'portal:7',
      city: 'Cali',
      price: 5,
      ...texts,
      ...numbers,
      currency: 'USD',
      latitude: 4.5,
      longitude: -74.25,
      createdAt: new Date('2024-05-01T00:00:00Z'),
      history: [{ status: 'vendido', at: new Date('2024-06-01T15:00:00Z') }],
    });
  });

  it('joins the columns of a reference, and rejects the row when one is blank', () => {
    const externalRef = { columns: ['id', 'part'] };
    expect(mapRow({ ...ROW, part: ' b ' }, { externalRef }).listing?.externalRef).toBe('portal:7:b');
    expect(reasons(mapRow({ ...ROW, part: '' }, { externalRef }))).toEqual(['externalRef is missing']);
  });

  it('replaces the listed values and reads other values unchanged', () => {
    const more = {
      propertyType: { column: 'type', values: { Casa: 'house' } },
      bedrooms: { column: 'rooms', values: { '0': null } },
    };
    expect(mapRow({ ...ROW, type: 'Casa', rooms: '0' }, more).listing).toMatchObject({
      propertyType: 'house',
      bedrooms: null,
    });
    expect(reasons(mapRow({ ...ROW, type: 'Castillo', rooms: '2' }, more))).toEqual([
      'propertyType "Castillo" must be one of apartment, house, studio, lot, office, commercial, warehouse, building, farm, other',
    ]);
    expect(mapRow({ ...ROW, type: 'constructor' }, more).faults).toHaveLength(1);
  });

  it('returns all faults of a row together, each with its kind', () => {
    const { faults } = mapOwn({ city: '', price: 'Desde $ 1 Hasta $ 2', bedrooms: '57.5', stratum: '7' });
    expect(faults).toEqual([
      { kind: 'city is missing', reason: 'city is missing' },
      {
        kind: 'price must be a whole number from 1 to 9007199254740991',
        reason: 'price "Desde $ 1 Hasta $ 2" must be a whole number from 1 to 9007199254740991',
      },
      {
        kind: 'bedrooms must be a whole number from 0 to 1000',
        reason: 'bedrooms "57.5" must be a whole number from 0 to 1000',
      },
      {
        kind: 'stratum must be a whole number from 1 to 6',
        reason: 'stratum "7" must be a whole number from 1 to 6',
      },
    ]);
  });

  it('treats an unreadable value as unknown when the map says so', () => {
    const stratum = { column: 'estrato', unreadable: 'unknown' };
    expect(mapRow({ ...ROW, estrato: 'q' }, { stratum }).listing?.stratum).toBeNull();
  });

  it.each([
    ['address', 'x'.repeat(121)],
    ['city', 'x'.repeat(33)],
    ['neighbourhood', 'x'.repeat(121)],
    ['externalRef', 'x'.repeat(191)],
    ['description', 'á'.repeat(32_768)],
    ['area', '0.004'],
    ['area', '10000000000'],
    ['bedrooms', '1001'],
    ['year', '2147483648'],
    ['latitude', '90.5'],
    ['price', '0'],
    ['price', '100.5'],
    ['createdAt', '1900-01-01'],
    ['statusSince', '2027-01-01'],
    ['status', 'for sale'],
    ['propertyType', 'house '.repeat(2)],
    ['description', 'broken \uFFFD'],
  ])('refuses the %s %.20s', (field, value) => {
    expect(mapOwn({ latitude: '1', longitude: '1', [field]: value }).faults).toHaveLength(1);
  });

  describe('a number with one group of three digits', () => {
    const area = (m2: unknown, source: object, decimal?: string): Verdict => {
      const fields = { ...FIELDS, area: { column: 'm2', ...source } };
      const map = parseMap({ source: 'portal', decimal, fields });
      return rowMapper(map, limits)({ value: (column) => ({ ...ROW, m2 })[column as 'm2'] });
    };

    it('is rejected when the map does not set the decimal mark', () => {
      expect(reasons(area('1.200 m2', {}))).toEqual([
        'area "1.200 m2" can mean thousands or decimals: "decimal": "point" or "comma" in the map says which',
      ]);
    });

    it.each([
      ['1.200', {}, 'point', 1.2],
      ['1.200', {}, 'comma', 1200],
      ['1.200', { decimal: 'comma' }, undefined, 1200],
      ['1.200', { decimal: 'comma' }, 'point', 1200],
      ['1.200', { decimalComma: true }, 'point', 1200],
      ['1.200', { decimalComma: false }, 'comma', 1.2],
      ['1.200', { decimalComma: true }, undefined, 1200],
      ['1,200', { decimal: 'point' }, undefined, 1200],
    ])('%s with %j in the field and %j in the file is %d', (text, source, decimal, value) =>
      expect(area(text, source, decimal).listing?.area).toBe(value),
    );

    it.each([{}, { decimalComma: true }])(
      'always has a decimal point when it is a JSON number (%j)',
      (source) => {
        expect(area(82.125, source).listing?.area).toBe(82.125);
      },
    );
  });

  describe('coordinates', () => {
    const at = (latitude: string, longitude: string): Verdict => mapOwn({ latitude, longitude });

    it.each([
      ['0', '0'],
      ['0.0000000001', '-0.0000000001'],
      ['', ''],
    ])('%s/%s are unknown', (latitude, longitude) => {
      expect(at(latitude, longitude).listing).toMatchObject({ latitude: null, longitude: null });
    });

    it('on the equator are known', () => {
      expect(at('0', '-74').listing).toMatchObject({ latitude: 0, longitude: -74 });
    });

    it('are rejected when one of them is missing', () => {
      expect(reasons(at('4', ''))).toEqual(['longitude is missing, the other coordinate is not']);
      expect(reasons(at('x', '-74'))).toEqual(['latitude "x" must be a number from -90 to 90']);
    });

    it('outside the limits of the map are both unknown', () => {
      const bounds = { latitude: { column: 'lat', min: -4.3, max: 13.6, unreadable: 'unknown' } };
      const row = { ...ROW, lat: '40.4', lon: '-3.7' };
      expect(mapRow(row, { ...bounds, longitude: { column: 'lon' } }).listing).toMatchObject({
        latitude: null,
        longitude: null,
      });
    });
  });

  it('refuses a map with constants or replacements that are invalid for their fields', () => {
    const more = {
      status: { constant: 'en venta' },
      propertyType: { column: 'type', values: { Casa: 'hause', Lote: 'lot', Otro: null } },
    };
    expect(() => mapRow(ROW, more)).toThrow(/fields\.propertyType\.values\.Casa: "hause" must be one of/);
    expect(() => mapRow(ROW, more)).toThrow(
      /fields\.status\.constant: "en venta" must be one of en_venta, vendido/,
    );
  });
});
