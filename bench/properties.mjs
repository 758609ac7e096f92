// Generates the same properties on every machine: 300 cities with Zipf sizes, log-normal areas and prices, and descriptions of
// about 40 words. The commonest words are in every second property, the rarest in one of ten thousand.

const CITY_COUNT = 300;
const GENERATED_WORD_COUNT = 6_000;
/** Status histories start up to 16 months before this time. */
const STATUS_EPOCH_MS = Date.UTC(2026, 0, 1);

/**
 * A seeded source of random values: mulberry32 by Tommy Ettinger (public domain).
 * @param {number} seed
 */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @param {number} from @param {number} to both included */
  const integer = (from, to) => from + Math.floor(next() * (to - from + 1));
  /** A rank from 0 to n-1; rank r comes about 1/(r+1) times as often as rank 0. @param {number} n */
  const zipf = (n) => Math.min(n - 1, Math.floor((n + 1) ** next()) - 1);
  /** @template T @param {readonly T[]} values @returns {T} */
  const pick = (values) => /** @type {T} */ (values[integer(0, values.length - 1)]);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, integer, zipf, pick, normal };
}

const SYLLABLES =
  'ba ca da fa ga ja la ma na pa ra sa ta va be ce de fe le me ne pe re se te bo co do go lo mo no po ro so to ri li mi ti vi ci di qui gua cha lle ña'.split(
    ' ',
  );

/** @param {number} number @param {number} syllables */
function word(number, syllables) {
  let text = '';
  for (let i = 0, rest = number * 7919 + 13; i < syllables; i++) {
    text += SYLLABLES[rest % SYLLABLES.length];
    rest = Math.floor(rest / SYLLABLES.length) + number * 31 + i * 17;
  }
  return text;
}
/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// Words that users search for come first, so they are common. `mirador` below is rare.
const COMMON_WORDS = [
  'de',
  'con',
  'casa',
  'la',
  'apartamento',
  'cocina',
  'baño',
  'sala',
  'parqueadero',
  'amplia',
  'piscina',
  'lote',
  'balcón',
  'jardín',
];
/** Ordered by frequency. */
export const VOCABULARY = [
  ...COMMON_WORDS,
  ...Array.from({ length: GENERATED_WORD_COUNT }, (_, i) => word(i, 2 + (i % 3))),
];
VOCABULARY[4_000] = 'mirador';

/** Ordered by size. */
export const cities = (() => {
  const { integer, next } = random(1);
  return Array.from({ length: CITY_COUNT }, (_, rank) => ({
    name: `${['Villa', 'San', 'Puerto', 'Santa', 'El', 'La'][rank % 6]} ${capital(word(rank, 3))}`,
    lat: 1 + integer(0, 100_000) / 10_000,
    lng: -77 + integer(0, 90_000) / 10_000,
    // Radius in degrees. A bigger city is wider and denser.
    spread: 0.08 / (rank + 1) ** 0.3,
    neighbourhoods: Math.max(3, Math.floor(400 / (rank + 1) ** 0.6)),
    priceLevel: 0.6 + next(),
  }));
})();

// Repeated by how often they occur.
const PROPERTY_TYPES = [
  'apartment',
  'apartment',
  'apartment',
  'apartment',
  'apartment',
  'house',
  'house',
  'house',
  'lot',
  'studio',
  'office',
  'commercial',
  'warehouse',
  'farm',
];
/** Status histories, each repeated by its weight. */
const STATUS_PATHS = /** @type {const} */ ([
  [10, ['comprando', 'comprado', 'en_venta']],
  [4, ['en_venta', 'vendido']],
  [4, ['pre_venta', 'en_venta']],
  [3, ['comprado', 'pre_venta', 'en_venta', 'vendido']],
  [2, ['comprando', 'comprado']],
  [2, ['pre_venta']],
]).flatMap(([weight, path]) => Array.from({ length: weight }, () => path));

// The start of today: likes have the same ages on whichever day they are generated.
const LAST_LIKE_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000;
const MINUTES_PER_YEAR = 365 * 24 * 60;

/** @param {number} epochMs @param {number} minutes added to it @returns a DATETIME in UTC */
const sqlTime = (epochMs, minutes) =>
  new Date(epochMs + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');

/**
 * A row of `property` and its status history. An unknown value is '', 0 or null, as in rows of older programs.
 * @param {number} id from 1
 */
export function property(id) {
  const { next, integer, zipf, pick, normal } = random(id * 2_654_435_761);
  const cityRank = zipf(CITY_COUNT);
  const city = /** @type {typeof cities[number]} */ (cities[cityRank]);
  const isKnown = next() > 0.02;
  const type = pick(PROPERTY_TYPES);
  const area = Math.round(Math.exp(4.4 + 0.5 * normal()) * 4) / 4;
  const price =
    Math.round((area * 4_200_000 * city.priceLevel * Math.exp(0.35 * normal())) / 1_000_000) * 1_000_000;
  const words = Array.from({ length: integer(25, 60) }, () => VOCABULARY[zipf(VOCABULARY.length)]);
  const angle = 2 * Math.PI * next();
  const distance = city.spread * Math.sqrt(next());
  const isLocated = next() > 0.1;
  const path = pick(STATUS_PATHS);
  let minutes = integer(0, 700_000);
  return {
    row: {
      id,
      address: next() > 0.01 ? `Calle ${integer(1, 200)} # ${integer(1, 120)}-${integer(1, 99)}` : '',
      city: next() > 0.03 ? city.name : city.name.toUpperCase(),
      price: isKnown ? price : 0,
      description: `${capital(words.join(' '))}.`,
      year: next() > 0.05 ? 2026 - Math.floor(70 * next() ** 2) : null,
      neighbourhood: next() > 0.2 ? capital(word(zipf(city.neighbourhoods) + cityRank * 400, 4)) : null,
      property_type: type,
      area: isKnown ? area : null,
      bedrooms: type === 'lot' ? null : integer(1, 5),
      bathrooms: type === 'lot' ? null : integer(1, 4),
      parking_spots: integer(0, 2),
      stratum: integer(1, 6),
      latitude: isLocated ? Number((city.lat + distance * Math.sin(angle)).toFixed(6)) : null,
      longitude: isLocated ? Number((city.lng + distance * Math.cos(angle)).toFixed(6)) : null,
      external_ref: `bench:${id}`,
    },
    history: path.map((status) => ({
      status,
      at: sqlTime(STATUS_EPOCH_MS, (minutes += integer(1, 60_000)) - 700_000),
    })),
  };
}

/**
 * The likes of a property: five on average, most often one or two, tens of thousands for a few properties of a million.
 * @param {number} propertyId @param {number} userCount users have ids from 1 to this one
 * @returns {[propertyId: number, userId: number, at: string][]}
 */
export function likesOf(propertyId, userCount) {
  const { next, integer } = random(propertyId * 40_503 + 7);
  const count = Math.min(Math.floor(1.45 / (1 - next()) ** 0.75), Math.floor(userCount / 2));
  const userIds = new Set(/** @type {number[]} */ ([]));
  while (userIds.size < count) userIds.add(integer(1, userCount));
  return [...userIds].map((userId) => [
    propertyId,
    userId,
    sqlTime(LAST_LIKE_MS, -integer(0, MINUTES_PER_YEAR)),
  ]);
}
