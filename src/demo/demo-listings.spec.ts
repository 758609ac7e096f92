import { describe, expect, it } from '@jest/globals';
import { demoListings, type DemoListing } from './demo-listings.js';
import { DEMO_CITIES } from './demo-places.js';

const now = new Date('2026-05-04T15:30:45.678Z');
const listings = [...demoListings({ count: 3000, now })];

describe('Demo listings', () => {
  it('are the same for the same seed and differ for another seed', () => {
    expect([...demoListings({ count: 200, now, seed: 5 })]).toEqual([
      ...demoListings({ count: 200, now, seed: 5 }),
    ]);
    expect([...demoListings({ count: 10, now, seed: 6 })][9]).not.toEqual(
      [...demoListings({ count: 10, now, seed: 5 })][9],
    );
  });

  it('do not depend on the count', () => {
    expect([...demoListings({ count: 50, now })]).toEqual(listings.slice(0, 50));
    expect([...demoListings({ count: 0, now })]).toEqual([]);
  });

  it('change only their dates when time passes', () => {
    const later = [...demoListings({ count: 300, now: new Date('2029-01-01T00:00:00Z') })];
    const timeless = ({ history, ...listing }: DemoListing) => ({
      ...listing,
      statuses: history.map(({ status }) => status),
    });
    expect(later.map(timeless)).toEqual(listings.slice(0, 300).map(timeless));
  });

  it('are numbered from demo:1', () => {
    expect(listings.map(({ externalRef }) => externalRef)).toEqual(
      listings.map((_, index) => `demo:${index + 1}`),
    );
  });

  it('begin with three complete properties for sale; the first is an apartment in Chapinero', () => {
    for (const listing of listings.slice(0, 3)) {
      expect(Object.values(listing)).not.toContain(null);
      expect(currentStatus(listing)).toBe('en_venta');
    }
    expect(listings[0]).toMatchObject({ city: 'Bogotá', propertyType: 'apartment' });
    expect(listings[0]?.neighbourhood).toContain('Chapinero');
    expect(listings[0]?.history).toHaveLength(3);
  });

  it('lack a field now and then', () => {
    const incomplete = listings.filter(lacksSomething).length;
    expect(incomplete / listings.length).toBeGreaterThan(0.01);
    expect(incomplete / listings.length).toBeLessThan(0.035);
    expect(listings.some(({ price }) => price === null)).toBe(true);
  });
});

describe('The prices of demo listings', () => {
  it('are whole millions and plausible for the type', () => {
    const bounds: Partial<Record<string, [min: number, max: number]>> = {
      apartment: [50, 4000],
      house: [50, 4500],
      studio: [40, 700],
      other: [8, 90],
    };
    for (const { propertyType, price } of listings) {
      if (price === null) continue;
      expect(price % 1_000_000).toBe(0);
      const [min, max] = bounds[propertyType ?? ''] ?? [30, 20_000];
      expect(price / 1_000_000).toBeGreaterThanOrEqual(min);
      expect(price / 1_000_000).toBeLessThanOrEqual(max);
    }
  });

  it('match the price level of their city', () => {
    for (const city of DEMO_CITIES) {
      const levels = city.places
        .filter(({ types }) => types.includes('a'))
        .map(({ pricePerM2 }) => pricePerM2);
      for (const perM2 of pricesPerM2(city.name, 'apartment')) {
        expect(perM2).toBeGreaterThan(0.5 * Math.min(...levels));
        expect(perM2).toBeLessThan(1.7 * Math.max(...levels));
      }
    }
    for (const [dear, cheap] of [
      ['Bogotá', 'Cali'],
      ['Cartagena', 'Barranquilla'],
      ['Envigado', 'Dosquebradas'],
    ] as const)
      expect(median(pricesPerM2(dear, 'apartment'))).toBeGreaterThan(
        1.3 * median(pricesPerM2(cheap, 'apartment')),
      );
  });

  it('are lower per m² for land than for dwellings', () => {
    const [farms, lots, houses, apartments] = (['farm', 'lot', 'house', 'apartment'] as const).map((type) =>
      median(pricesPerM2(null, type)),
    ) as [number, number, number, number];
    expect([farms, lots, houses, apartments]).toEqual(
      [farms, lots, houses, apartments].toSorted((a, b) => a - b),
    );
    expect(farms).toBeLessThan(0.3);
  });
});

describe('The places of demo listings', () => {
  it('are Colombian, near the centre of their city', () => {
    for (const { city: name, latitude, longitude } of listings) {
      const city = DEMO_CITIES.find((candidate) => candidate.name === name);
      if (!city) throw new Error(name);
      expect(name.length).toBeLessThanOrEqual(32);
      if (latitude === null || longitude === null) continue;
      expect(latitude).toBeGreaterThan(-4.3);
      expect(latitude).toBeLessThan(12.6);
      expect(longitude).toBeGreaterThan(-79.1);
      expect(longitude).toBeLessThan(-66.8);
      expect(Math.round(latitude * 1e6) / 1e6).toBe(latitude);
      expect(kilometresBetween(city, { latitude, longitude })).toBeLessThan(15);
    }
  });

  it('are most often in Bogotá, and in every city', () => {
    const counts = DEMO_CITIES.map(({ name }) => listings.filter(({ city }) => city === name).length);
    expect(counts[0]).toBe(Math.max(...counts));
    expect(counts[0]).toBeGreaterThan(1.5 * (counts[1] ?? 0));
    expect(Math.min(...counts)).toBeGreaterThan(20);
  });

  it('have neighbourhoods of their own in each city', () => {
    for (const { places } of DEMO_CITIES) {
      expect(places.length).toBeGreaterThanOrEqual(8);
      expect(new Set(places.map(({ name }) => name)).size).toBe(places.length);
    }
  });
});

describe('The texts of demo listings', () => {
  it('have no placeholders left and fit their columns', () => {
    for (const { address, description } of listings) {
      expect(address.length).toBeLessThanOrEqual(120);
      for (const text of [address, description ?? '']) {
        expect(text).not.toMatch(/undefined|null|NaN|[{}_]| {2}|\bcero\b|\b0 |^ | $/);
        expect(text).not.toMatch(/\b(de|a) el [a-zá]|\.\.|\b1 (baños|parqueaderos|habitaciones|alcobas)/);
      }
    }
  });

  it('are at least 80 % distinct in a thousand', () => {
    const texts = listings.slice(0, 1000).flatMap(({ description }) => description ?? []);
    expect(new Set(texts).size / texts.length).toBeGreaterThan(0.8);
  });

  it('have one to five sentences', () => {
    for (const { description } of listings) {
      if (description === null) continue;
      const sentences = description.replaceAll(/\d\.\d/g, '').split('. ').length;
      expect(sentences).toBeGreaterThanOrEqual(1);
      expect(sentences).toBeLessThanOrEqual(5);
    }
  });

  it('count the rooms, the area, the stratum and the floor as the fields do', () => {
    for (const listing of listings) {
      const { description, bedrooms, area, stratum, address } = listing;
      if (description === null) continue;
      const rooms = /(\S+) (?:habitaci|alcoba)/.exec(description)?.[1];
      if (rooms && rooms !== 'las' && bedrooms !== null) expect(numberOf(rooms)).toBe(bedrooms);
      const metres = /([\d.]+) m²/.exec(description)?.[1];
      if (metres && area !== null) expect(Number(metres.replace('.', ''))).toBe(area);
      const said = /estrato (\d)/.exec(description)?.[1];
      if (said && stratum !== null) expect(Number(said)).toBe(stratum);
      const floor = /[Pp]iso (\d+)/.exec(description)?.[1];
      if (floor) expect(address).toMatch(new RegExp(` ${floor}\\d\\d$`));
    }
  });

  it('name no room in land and no land in dwellings', () => {
    for (const { propertyType, description, bedrooms, year } of listings) {
      if (propertyType === 'lot') {
        expect([bedrooms, year]).toEqual([null, null]);
        expect(description ?? '').not.toMatch(/habitaci|alcoba|baño|cocina|apartamento/);
      }
      if (propertyType === 'apartment') expect(description ?? '').not.toMatch(/\b(lote|finca|bodega|casa)\b/);
      if (propertyType === 'studio') expect(bedrooms).toBe(1);
    }
  });
});

function lacksSomething(listing: DemoListing): boolean {
  const { description, latitude, stratum, neighbourhood, area, price, propertyType } = listing;
  const { year, parkingSpots, bathrooms } = listing;
  if ([description, latitude, stratum, neighbourhood, area, price, propertyType].includes(null)) return true;
  const isDwelling = propertyType === 'apartment' || propertyType === 'house' || propertyType === 'studio';
  return isDwelling && [year, parkingSpots, bathrooms].includes(null);
}

function currentStatus({ history }: DemoListing): string | undefined {
  return history.at(-1)?.status;
}

/** In millions of COP. */
function pricesPerM2(city: string | null, type: DemoListing['propertyType']): number[] {
  return listings
    .filter((listing) => (city === null || listing.city === city) && listing.propertyType === type)
    .flatMap(({ price, area }) => (price === null || area === null ? [] : price / area / 1_000_000));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

interface Point {
  latitude: number;
  longitude: number;
}

function kilometresBetween(a: Point, b: Point): number {
  const longitudeScale = Math.cos((a.latitude * Math.PI) / 180);
  return 111.195 * Math.hypot(a.latitude - b.latitude, (a.longitude - b.longitude) * longitudeScale);
}

function numberOf(word: string): number {
  const words = ['cero', 'una', 'dos', 'tres', 'cuatro', 'cinco'];
  return words.includes(word.toLowerCase()) ? words.indexOf(word.toLowerCase()) : Number(word);
}
