import { DEMO_CITIES } from './demo-places.js';
import { sizesOf, type Size } from './demo-sizes.js';
import type { PropertyType } from '../properties/model/property-type.js';
import type { DemoPlace, DemoProperty, Range } from './demo-types.js';
import type { Random } from './random.js';

/** The year of the prices. No property is newer. */
const REFERENCE_YEAR = 2026;

/**
 * Property types with their weight, their letter in the tables of places, and their price per m² relative to an apartment in the
 * same place.
 */
const TYPES: Record<PropertyType, readonly [weight: number, letter: string, priceFactor: number]> = {
  apartment: [54, 'a', 1],
  house: [23, 'h', 0.76],
  studio: [5, 's', 1.12],
  lot: [4.5, 'l', 0.42],
  office: [4, 'o', 0.95],
  commercial: [3.5, 'c', 1.35],
  farm: [2, 'f', 1],
  warehouse: [1.5, 'w', 0.6],
  building: [1.5, 'b', 0.68],
  // A parking space. It is sold in places that also have offices.
  other: [1, 'o', 0.38],
};

/** Zipf-like: the second city has about half the listings of the first. */
const CITY_WEIGHTS = DEMO_CITIES.map((city, index) => [city, (index + 1) ** -0.95] as const);

const COMPLEX_PREFIXES = 'Reserva de|Torres de|Parques de|Senderos de|Portal de|Altos de'.split('|');
const COMPLEX_NAMES =
  'Los Cerezos|Los Nogales|La Arboleda|Monteverde|Santa Isabel|San Rafael|La Alameda|Aragón|Altamira'.split(
    '|',
  );

export function demoProperty(random: Random): DemoProperty {
  const city = random.weighted(CITY_WEIGHTS);
  const placesOf = (type: PropertyType) => city.places.filter(({ types }) => types.includes(TYPES[type][1]));
  const soldTypes = (Object.keys(TYPES) as PropertyType[]).filter((type) => placesOf(type).length > 0);
  const type = random.weighted(soldTypes.map((sold) => [sold, TYPES[sold][0]] as const));
  const place = random.pick(placesOf(type));
  const stratum = random.integer(...place.strata);
  const year = demoYear(random, type, place);
  const size = demoSize(random, type, stratum, place);
  return {
    type,
    city,
    place,
    stratum,
    year,
    ...size,
    ...demoSetting(random, type, stratum, year, place),
    condition: demoCondition(random, year),
  };
}

function demoYear(random: Random, type: PropertyType, place: DemoPlace): number | null {
  if (type === 'lot') return null;
  // Most properties on the market are new. Apartments are newer than houses.
  const skew = type === 'apartment' || type === 'studio' ? 1.4 : 1.1;
  // The oldest neighbourhoods began with houses. Other types followed 20 years later.
  const yearsAfterHouses = type !== 'house' && place.since < 1965 ? 20 : 0;
  const oldest = REFERENCE_YEAR - place.since - yearsAfterHouses;
  return REFERENCE_YEAR - 1 - Math.round((oldest - 1) * random.next() ** skew);
}

function demoSize(random: Random, type: PropertyType, stratum: number, place: DemoPlace) {
  const size = random.weighted(sizesOf(type, stratum).map((entry) => [entry, entry.share] as const));
  // One random number for area, bathrooms and parking: a larger apartment has more of each.
  const fraction = (random.next() + random.next()) / 2;
  const within = ([min, max]: Range) =>
    Math.max(min, Math.min(max, Math.round(min + (max - min) * (fraction + (random.next() - 0.5) * 0.5))));
  const isTownLot = type === 'lot' && place.streets.kind !== 'road';
  return {
    bedrooms: size.bedrooms,
    bathrooms: size.bathrooms && within(size.bathrooms),
    parkingSpots: size.parking && within(size.parking),
    // Width times depth.
    area: isTownLot ? random.integer(6, 15) * random.integer(12, 32) : demoArea(size, fraction, type),
  };
}

function demoArea(size: Size, fraction: number, type: PropertyType): number {
  const [min, max] = size.area;
  if (type === 'lot') return Math.round((800 + fraction * 3600) / 50) * 50;
  const area = min + (max - min) * fraction;
  const step = type === 'farm' ? 1000 : type === 'warehouse' ? 10 : 1;
  return Math.round(area / step) * step;
}

function demoSetting(
  random: Random,
  type: PropertyType,
  stratum: number,
  year: number | null,
  place: DemoPlace,
): Pick<DemoProperty, 'floors' | 'floor' | 'complex' | 'gated'> {
  const floors = demoFloors(random, type, stratum, year ?? REFERENCE_YEAR, place);
  const inBuilding = type === 'apartment' || type === 'studio' || type === 'office' || type === 'other';
  const floor = inBuilding && type !== 'other' ? random.integer(type === 'office' ? 2 : 1, floors) : null;
  const gated = random.chance(gatedShare(type, stratum, year ?? 0, place));
  const named = gated || (inBuilding && random.chance(0.35));
  return { floors, floor, gated, complex: named ? complexName(random, gated) : null };
}

/** The share of gated complexes (conjuntos cerrados). They exist since about 1985; old centres have few. */
function gatedShare(type: PropertyType, stratum: number, year: number, place: DemoPlace): number {
  if (type !== 'apartment' && type !== 'house') return 0;
  if (place.streets.kind === 'road') return 1;
  if (year < 1985 || place.streets.kind === 'blocks' || place.since < 1950) return 0;
  if (type === 'house') return (stratum - 1) / 6;
  return place.types.includes('o') ? 0.3 : stratum <= 4 ? 0.85 : 0.4;
}

function complexName(random: Random, gated: boolean): string {
  const name = random.pick(COMPLEX_NAMES);
  return gated && random.chance(0.5) ? `${random.pick(COMPLEX_PREFIXES)} ${name}` : name;
}

function demoFloors(
  random: Random,
  type: PropertyType,
  stratum: number,
  year: number,
  place: DemoPlace,
): number {
  if (type === 'building') return random.integer(3, 5);
  if (type === 'house') return stratum <= 3 ? random.integer(1, 3) : random.integer(1, 2);
  if (type === 'farm' || type === 'lot' || type === 'warehouse' || type === 'commercial') return 1;
  // Protected old neighbourhoods have no towers, even if the building is new.
  if (place.since < 1940) return random.integer(2, 4);
  if (year < 1985) return random.integer(3, 6);
  if (stratum <= 3) return year < 2008 ? random.integer(4, 6) : random.integer(5, 14);
  return stratum === 4 ? random.integer(5, 14) : random.integer(6, 20);
}

function demoCondition(random: Random, year: number | null): DemoProperty['condition'] {
  const age = REFERENCE_YEAR - (year ?? REFERENCE_YEAR);
  if (age > 10 && random.chance(0.4)) return 'remodelled';
  return age > 25 && random.chance(0.4) ? 'dated' : 'ordinary';
}

const CONDITION_FACTORS = { remodelled: 1.05, ordinary: 1, dated: 0.9 };

/** The asking price in whole COP: area times the price per m² of the place, adjusted for type, stratum, age and condition. */
export function demoPrice(random: Random, property: DemoProperty): number {
  const { place, area, stratum } = property;
  const [lowest, highest] = place.strata;
  const millions =
    area *
    place.pricePerM2 *
    (1 + 0.07 * (stratum - (lowest + highest) / 2)) *
    (place.rural || property.type === 'lot' ? landFactor(property) : buildingFactor(property)) *
    random.spread(0.1);
  return roundPrice(random, millions) * 1_000_000;
}

/** Large plots on the roads out of town are much cheaper per m². */
function landFactor({ type, place, area }: DemoProperty): number {
  if (place.rural) return (type === 'lot' ? 2 : 1) * (area / 10_000) ** -0.15;
  return place.streets.kind === 'road' ? 0.15 : TYPES.lot[2];
}

function buildingFactor({ type, area, year, condition, parkingSpots }: DemoProperty): number {
  const age = REFERENCE_YEAR - (year ?? REFERENCE_YEAR);
  const isDwelling = type === 'apartment' || type === 'house';
  return (
    TYPES[type][2] *
    CONDITION_FACTORS[condition] *
    Math.max(0.74, 1.08 - 0.007 * age) *
    (isDwelling ? (area / 80) ** -0.1 : 1) *
    (isDwelling ? 1 + 0.02 * Math.min(3, parkingSpots ?? 0) : 1)
  );
}

/** Rounds millions of COP as sellers do: to five or ten, cheaper properties often to one. */
function roundPrice(random: Random, millions: number): number {
  const isFine = millions < 60 || (millions < 600 && random.chance(0.35));
  const step = isFine ? 1 : millions < 1000 ? 5 : 10;
  return Math.round(millions / step) * step;
}
