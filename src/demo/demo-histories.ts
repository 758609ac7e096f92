import type { DemoStatus, DemoStatusChange } from './demo-types.js';
import type { Random } from './random.js';

type Days = readonly [fewest: number, most: number];

const LONGEST_HISTORY_DAYS = 720;

/** Sequences of statuses with their weights. The last status is the current one. */
const STATUS_SEQUENCES: readonly (readonly [sequence: readonly DemoStatus[], weight: number])[] = [
  [['comprando', 'comprado', 'pre_venta', 'en_venta'], 15],
  [['comprado', 'pre_venta', 'en_venta'], 12],
  [['comprando', 'comprado', 'en_venta'], 9],
  [['pre_venta', 'en_venta'], 7],
  [['en_venta'], 5],
  [['comprando', 'comprado', 'pre_venta'], 6],
  [['comprado', 'pre_venta'], 4],
  [['pre_venta'], 2],
  [['comprando', 'comprado', 'pre_venta', 'en_venta', 'vendido'], 11],
  [['comprado', 'pre_venta', 'en_venta', 'vendido'], 7],
  [['comprando', 'comprado', 'en_venta', 'vendido'], 4],
  [['en_venta', 'vendido'], 3],
  [['comprando'], 4],
  [['comprando', 'comprado'], 4],
  [['comprado'], 1],
  // Backward steps: bought back and sold again, bought back and not for sale yet, withdrawn.
  [['comprando', 'comprado', 'en_venta', 'vendido', 'comprado', 'en_venta'], 1],
  [['en_venta', 'vendido', 'comprado', 'pre_venta', 'en_venta'], 1],
  [['pre_venta', 'en_venta', 'vendido', 'comprado'], 0.5],
  [['comprado', 'pre_venta', 'comprando'], 1],
  [['comprado', 'en_venta', 'pre_venta'], 0.5],
  [['comprado', 'pre_venta', 'en_venta', 'comprado'], 0.5],
  [[], 1],
];

/** How long ago the current status began. */
const AGE_DAYS: Record<DemoStatus, Days> = {
  comprando: [1, 40],
  comprado: [1, 60],
  pre_venta: [1, 60],
  en_venta: [1, 180],
  vendido: [2, 480],
};

/** How long a status lasts before the next. */
const STAY_DAYS: Record<DemoStatus, Days> = {
  comprando: [8, 45],
  comprado: [12, 70],
  pre_venta: [10, 75],
  en_venta: [14, 190],
  vendido: [90, 280],
};

export function demoHistory(random: Random, now: Date): DemoStatusChange[] {
  const sequence = random.weighted(STATUS_SEQUENCES);
  const ages: number[] = [];
  let age = 0;
  for (const status of sequence.toReversed()) {
    age += skewedDays(random, ages.length === 0 ? AGE_DAYS[status] : STAY_DAYS[status]);
    ages.unshift(age);
  }
  const scale = Math.min(1, LONGEST_HISTORY_DAYS / age);
  const entries = sequence.map((status, index) => [status, Math.ceil((ages[index] ?? 1) * scale)] as const);
  return datedHistory(random, now, entries);
}

/** Gives each entry a time on its day. Entries of different days keep their order. */
export function datedHistory(
  random: Random,
  now: Date,
  entries: readonly (readonly [status: DemoStatus, daysAgo: number])[],
): DemoStatusChange[] {
  return entries.map(([status, daysAgo]) => ({ status, at: officeTime(random, now, daysAgo) }));
}

/** A random number of days within the range. Small numbers are more frequent. */
function skewedDays(random: Random, [fewest, most]: Days): number {
  return Math.round(fewest + (most - fewest) * random.next() ** 1.6);
}

/** A whole second between 8:00 and 18:00 in Colombia (UTC-5), at least one day before `now`. */
function officeTime(random: Random, now: Date, daysAgo: number): Date {
  const opening = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - daysAgo, 13);
  return new Date(opening + random.integer(0, 10 * 3600 - 1) * 1000);
}
