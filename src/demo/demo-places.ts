import { LARGE_CITY_TABLES } from './demo-places-large.js';
import { REGIONAL_CITY_TABLES } from './demo-places-regional.js';
import type { DemoCity, DemoPlace, Range, Streets } from './demo-types.js';

export const DEMO_CITIES: readonly DemoCity[] = [...LARGE_CITY_TABLES, ...REGIONAL_CITY_TABLES].map(
  ({ table, ...city }) => ({ ...city, places: table.trim().split('\n').map(parsePlace) }),
);

function parsePlace(row: string): DemoPlace {
  const [name = '', position = '', strata = '', price = '', streets = '', types = '', notes = '', near = ''] =
    row.split('|').map((column) => column.trim());
  const [latitude = NaN, longitude = NaN] = position.split(' ').map(Number);
  const rural = types.includes('f');
  return {
    name,
    latitude,
    longitude,
    radius: Number(/±(\d+)/.exec(notes)?.[1] ?? (rural ? 900 : 400)),
    strata: parseRange(strata),
    pricePerM2: Number(price),
    streets: parseStreets(streets, name),
    types,
    landmarks: near === '' ? [] : near.split('; '),
    since: Number(/\b\d{4}\b/.exec(notes)?.[0] ?? 1965),
    rural,
  };
}

function parseStreets(text: string, place: string): Streets {
  if (text.startsWith('mz ')) return { kind: 'blocks', blocks: parseRange(text.slice(3)) };
  if (text.startsWith('km ')) {
    const name = /^(Vereda|Anillo)/.test(place) ? place : `Vía a ${place}`;
    return { kind: 'road', name, km: parseRange(text.slice(3)) };
  }
  const grid = /^C([\d-]+)([NSO]?) ([KA])([\d-]+)(N?)$/.exec(text);
  if (!grid) throw new SyntaxError(`Streets of ${place}: ${text}`);
  const [, calles = '', calleSide = '', letter, carreras = '', carreraSide = ''] = grid;
  return {
    kind: 'grid',
    calles: parseRange(calles),
    calleSide,
    carreras: parseRange(carreras),
    carreraSide,
    avenidas: letter === 'A',
  };
}

function parseRange(text: string): Range {
  const [min = NaN, max = min] = text.split('-').map(Number);
  return [min, max];
}
