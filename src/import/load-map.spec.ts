import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { columnsOf } from './import-map.js';
import { mapOfOwnFields, parseMap } from './load-map.js';

const fields = {
  externalRef: { columns: ['id'] },
  city: { column: 'town' },
  price: { column: 'amount' },
};

function faultsOf(json: unknown): string[] {
  try {
    parseMap(json);
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.trim());
  }
  return [];
}

describe('parseMap', () => {
  it('accepts a map with only the three required fields', () => {
    expect(faultsOf({ source: 'portal', fields })).toEqual([]);
  });

  it.each(['fincaraiz', 'metrocuadrado'])('accepts the map of %s in import-mappings/', (name) => {
    const text = readFileSync(new URL(`../../import-mappings/${name}.json`, import.meta.url), 'utf8');
    expect(faultsOf(JSON.parse(text))).toEqual([]);
  });

  it('names every fault with its path', () => {
    const faults = faultsOf({
      source: 'a:b',
      fromat: 'csv',
      delimiter: '::',
      timezone: 'Bogota',
      encoding: 'ebcdic',
      decimal: '.',
      fields: {
        ...fields,
        price: { colum: 'amount' },
        city: 'town',
        rooms: { column: 'rooms' },
        area: { column: 'm2', decimalComma: 'yes', min: '1' },
        createdAt: { column: 'date', format: 'HH:mm' },
        propertyType: { column: 'type', values: { Casa: ['house'] }, unreadable: 'ignore' },
      },
    });
    expect(faults.toSorted()).toEqual(
      [
        'The map cannot be used:',
        'source: must be a name of letters, digits, dots, hyphens and underscores',
        'fromat: is not a known setting',
        'delimiter: must be a comma, a semicolon, a tab or a vertical bar',
        'timezone: must be a time zone such as America/Bogota',
        'encoding: must be "utf-8", "windows-1252", "latin1", "macintosh", "utf-16le" or "utf-16be"',
        'decimal: must be "point" or "comma"',
        'fields.price.colum: is not a known setting',
        'fields.city: must be an object such as {"column": "…"}',
        'fields.rooms: is not a known setting',
        'fields.area.decimalComma: must be true or false',
        'fields.area.min: must be a number',
        'fields.createdAt.format: must be a date format of luxon with year, month and day, such as M/d/yyyy h:mm:ss a',
        'fields.propertyType.values: must map each text of the file to a text, a number or null',
        'fields.propertyType.unreadable: must be "unknown" or absent',
      ].toSorted(),
    );
  });

  it.each([
    [{ fields }, 'source: must be a name'],
    [{ source: 'x' }, 'fields: is missing'],
    [{ source: 'x', fields: [] }, 'fields: must be an object'],
    [[], 'The map must be an object'],
    ['x', 'The map must be an object'],
    [null, 'The map must be an object'],
  ])('refuses %j', (json, fault) => expect(faultsOf(json).join('\n')).toContain(fault));

  it.each([
    [{ city: undefined }, 'city: is missing'],
    [{ externalRef: { columns: [] } }, 'externalRef.columns: must be a list'],
    [{ city: {} }, 'city: needs either a column or a constant'],
    [{ city: { column: 'a', constant: 'b' } }, 'city: needs either a column or a constant'],
    [{ price: { column: 'a', unreadable: 'unknown' } }, 'price.unreadable: is not allowed for this field'],
    [{ status: { column: 'a', unreadable: 'unknown' } }, 'status.unreadable: is not allowed for this field'],
    [
      { price: { column: 'a', decimal: 'point', decimalComma: true } },
      'price.decimalComma: contradicts "decimal": "point", leave it out',
    ],
    [{ latitude: { column: 'a' } }, 'longitude: is missing'],
  ])('refuses the field %j', (more, fault) =>
    expect(faultsOf({ source: 'x', fields: { ...fields, ...more } }).join('\n')).toContain(`fields.${fault}`),
  );
});

describe('mapOfOwnFields', () => {
  it('maps the fields that the file has, and the required fields', () => {
    expect(columnsOf(mapOfOwnFields(['externalRef', 'area', 'other'])).map(({ column }) => column)).toEqual([
      'externalRef',
      'city',
      'price',
      'area',
    ]);
  });

  it('maps all fields when every record names its own columns', () => {
    const columns = columnsOf(mapOfOwnFields(null)).map(({ column }) => column);
    expect(columns).toHaveLength(20);
    expect(columns).toContain('statusSince');
  });
});
