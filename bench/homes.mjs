// The same homes on every machine: 300 cities of Zipf sizes, prices and areas as a market has them, descriptions of
// about 40 words in which some stand in every second home and some in one of ten thousand.

const CITIES = 300;
const WORDS = 6_000;
const YEAR_OF_LAST_STATUS = Date.UTC(2026, 0, 1);

/** mulberry32 by Tommy Ettinger (public domain). @param {number} seed */
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
  /** Ranks 0 … n-1, rank r about 1/(r+1) as often as rank 0. @param {number} n */
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

// The first ones are words that people do search for; `casa` is one of the commonest, `mirador` is rare.
const SEARCHED = [
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
export const VOCABULARY = [...SEARCHED, ...Array.from({ length: WORDS }, (_, i) => word(i, 2 + (i % 3)))];
VOCABULARY[4_000] = 'mirador';

export const cities = (() => {
  const { integer, next } = random(1);
  return Array.from({ length: CITIES }, (_, rank) => ({
    name: `${['Villa', 'San', 'Puerto', 'Santa', 'El', 'La'][rank % 6]} ${capital(word(rank, 3))}`,
    lat: 1 + integer(0, 100_000) / 10_000,
    lng: -77 + integer(0, 90_000) / 10_000,
    // Degrees: the bigger the city the wider, and the denser too.
    spread: 0.08 / (rank + 1) ** 0.3,
    neighbourhoods: Math.max(3, Math.floor(400 / (rank + 1) ** 0.6)),
    level: 0.6 + next(),
  }));
})();

const TYPES = [
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
/** How often homes take which way. */
const PATHS = /** @type {const} */ ([
  [10, ['comprando', 'comprado', 'en_venta']],
  [4, ['en_venta', 'vendido']],
  [4, ['pre_venta', 'en_venta']],
  [3, ['comprado', 'pre_venta', 'en_venta', 'vendido']],
  [2, ['comprando', 'comprado']],
  [2, ['pre_venta']],
]).flatMap(([times, path]) => Array.from({ length: times }, () => path));

// The likes lead up to the day on which they are made, so that their ages are the same on every day.
const LAST_LIKE = Math.floor(Date.now() / 86_400_000) * 86_400_000;
const YEAR_OF_MINUTES = 365 * 24 * 60;

/** @param {number} year @param {number} minutes */
const naive = (year, minutes) =>
  new Date(year + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');

/**
 * A home as its columns of `property`, and its history. An unknown value is '', 0 or null, as old rows have it.
 * @param {number} number from 1
 */
export function home(number) {
  const { next, integer, zipf, pick, normal } = random(number * 2_654_435_761);
  const cityRank = zipf(CITIES);
  const city = /** @type {typeof cities[number]} */ (cities[cityRank]);
  const known = next() > 0.02;
  const type = pick(TYPES);
  const area = Math.round(Math.exp(4.4 + 0.5 * normal()) * 4) / 4;
  const price =
    Math.round((area * 4_200_000 * city.level * Math.exp(0.35 * normal())) / 1_000_000) * 1_000_000;
  const words = Array.from({ length: integer(25, 60) }, () => VOCABULARY[zipf(VOCABULARY.length)]);
  const angle = 2 * Math.PI * next();
  const away = city.spread * Math.sqrt(next());
  const located = next() > 0.1;
  const path = pick(PATHS);
  let at = integer(0, 700_000);
  return {
    row: {
      id: number,
      address: next() > 0.01 ? `Calle ${integer(1, 200)} # ${integer(1, 120)}-${integer(1, 99)}` : '',
      city: next() > 0.03 ? city.name : city.name.toUpperCase(),
      price: known ? price : 0,
      description: `${capital(words.join(' '))}.`,
      year: next() > 0.05 ? 2026 - Math.floor(70 * next() ** 2) : null,
      neighbourhood: next() > 0.2 ? capital(word(zipf(city.neighbourhoods) + cityRank * 400, 4)) : null,
      property_type: type,
      area: known ? area : null,
      bedrooms: type === 'lot' ? null : integer(1, 5),
      bathrooms: type === 'lot' ? null : integer(1, 4),
      parking_spots: integer(0, 2),
      stratum: integer(1, 6),
      latitude: located ? Number((city.lat + away * Math.sin(angle)).toFixed(6)) : null,
      longitude: located ? Number((city.lng + away * Math.cos(angle)).toFixed(6)) : null,
      external_ref: `bench:${number}`,
    },
    history: path.map((status) => ({
      status,
      at: naive(YEAR_OF_LAST_STATUS, (at += integer(1, 60_000)) - 700_000),
    })),
  };
}

/**
 * Who likes a home: five people on average, most often one or two, tens of thousands for a few homes of a million.
 * @param {number} number of the home @param {number} people
 * @returns {[home: number, person: number, at: string][]}
 */
export function likesOf(number, people) {
  const { next, integer } = random(number * 40_503 + 7);
  const count = Math.min(Math.floor(1.45 / (1 - next()) ** 0.75), Math.floor(people / 2));
  const fans = new Set(/** @type {number[]} */ ([]));
  while (fans.size < count) fans.add(integer(1, people));
  return [...fans].map((person) => [number, person, naive(LAST_LIKE, -integer(0, YEAR_OF_MINUTES))]);
}
