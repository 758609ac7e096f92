import { demoAddress } from './demo-addresses.js';
import { demoDescription } from './demo-descriptions.js';
import { datedHistory, demoHistory } from './demo-histories.js';
import { demoPhotos } from './demo-photos.js';
import { demoPrice, demoProperty } from './demo-properties.js';
import { SHOWCASE_LISTINGS } from './demo-showcase.js';
import type { DemoListing, DemoPlace, DemoStatus } from './demo-types.js';
import { seededRandom, type Random } from './random.js';

export type { DemoListing } from './demo-types.js';

interface DemoOptions {
  count: number;
  now: Date;
  seed?: number;
}

/** A listing without its photos. */
type UnseenListing = Omit<DemoListing, 'photos'>;

const DEFAULT_SEED = 2026;
const INCOMPLETE_SHARE = 0.025;
const METRES_PER_DEGREE = 111_195;

/**
 * Generates listings. Deterministic: the same arguments give the same listings. Listing n depends only on n and the seed,
 * not on the count. `now` changes only the dates of the histories.
 */
export function* demoListings({ count, now, seed = DEFAULT_SEED }: DemoOptions): Generator<DemoListing> {
  for (let number = 1; number <= count; number++) {
    const random = seededRandom(seed, number);
    const listing = showcaseListing(random, number, now) ?? generatedListing(random, number, now);
    // A sequence of its own: the other facts stay as they are.
    yield { ...listing, photos: demoPhotos(seededRandom(seed, -number)) };
  }
}

function showcaseListing(random: Random, number: number, now: Date): UnseenListing | undefined {
  const listing = SHOWCASE_LISTINGS[number - 1];
  return (
    listing && {
      ...listing,
      externalRef: `demo:${number}`,
      currency: 'COP',
      history: datedHistory(random, now, Object.entries(listing.history) as [DemoStatus, number][]),
    }
  );
}

function generatedListing(random: Random, number: number, now: Date): UnseenListing {
  const property = demoProperty(random);
  const { city, place, year, area, bedrooms, bathrooms, parkingSpots, stratum } = property;
  const listing: UnseenListing = {
    externalRef: `demo:${number}`,
    address: demoAddress(random, property),
    city: city.name,
    neighbourhood: place.name,
    price: demoPrice(random, property),
    currency: 'COP',
    description: demoDescription(random, property),
    year,
    propertyType: property.type,
    area,
    bedrooms,
    bathrooms,
    parkingSpots,
    stratum,
    ...randomLocation(random, place),
    history: [],
  };
  const shown = random.chance(INCOMPLETE_SHARE) ? withMissingFields(random, listing) : listing;
  return { ...shown, history: demoHistory(random, now) };
}

/** A random point, uniformly distributed over the disc around the centre of a place. */
function randomLocation(random: Random, place: DemoPlace): Pick<DemoListing, 'latitude' | 'longitude'> {
  const distance = (place.radius * Math.sqrt(random.next())) / METRES_PER_DEGREE;
  const angle = 2 * Math.PI * random.next();
  const longitudeScale = Math.cos((place.latitude * Math.PI) / 180);
  return {
    latitude: sixDecimals(place.latitude + distance * Math.sin(angle)),
    longitude: sixDecimals(place.longitude + (distance * Math.cos(angle)) / longitudeScale),
  };
}

function sixDecimals(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

/** Fields that sellers leave out, with their weights. */
const MISSING_FIELDS: readonly (readonly [missing: Partial<DemoListing>, weight: number])[] = [
  [{ description: null }, 5],
  [{ year: null }, 5],
  [{ latitude: null, longitude: null }, 4],
  [{ parkingSpots: null }, 3],
  [{ stratum: null }, 2],
  [{ neighbourhood: null }, 2],
  [{ bathrooms: null }, 2],
  [{ area: null }, 1],
  [{ price: null }, 1],
  [{ propertyType: null }, 1],
];

function withMissingFields(random: Random, listing: UnseenListing): UnseenListing {
  const first = random.weighted(MISSING_FIELDS);
  return { ...listing, ...first, ...(random.chance(0.4) ? random.weighted(MISSING_FIELDS) : {}) };
}
