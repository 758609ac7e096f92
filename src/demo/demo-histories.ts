import type { DemoStatus, DemoStatusChange } from './demo-types.js';
import type { Random } from './random.js';

type Days = readonly [fewest: number, most: number];

const LONGEST_HISTORY_DAYS = 720;

/** Weights and sequences of statuses. The last status is the current one. */
const STATUS_SEQUENCES = `
15 comprando comprado pre_venta en_venta
16 comprado pre_venta en_venta
9 comprando comprado en_venta
7 pre_venta en_venta
5 en_venta
6 comprando comprado pre_venta
6 pre_venta
11 comprando comprado pre_venta en_venta vendido
14 comprado en_venta vendido
4 comprando
4 comprando comprado
1 comprando comprado en_venta vendido comprado en_venta
1 comprado pre_venta comprando
1 comprado en_venta comprado
1
`
  .trim()
  .split('\n')
  .map((row) => row.split(' '))
  .map(([weight, ...statuses]) => [statuses as DemoStatus[], Number(weight)] as const);

/** How long ago the current status began, and how long a status lasts before the next. */
const DAYS: Record<DemoStatus, { age: Days; stay: Days }> = {
  comprando: { age: [1, 40], stay: [8, 45] },
  comprado: { age: [1, 60], stay: [12, 70] },
  pre_venta: { age: [1, 60], stay: [10, 75] },
  en_venta: { age: [1, 180], stay: [14, 190] },
  vendido: { age: [2, 480], stay: [90, 280] },
};

export function demoHistory(random: Random, now: Date): DemoStatusChange[] {
  const sequence = random.weighted(STATUS_SEQUENCES);
  const ages: number[] = [];
  let age = 0;
  for (const status of sequence.toReversed()) {
    age += skewedDays(random, DAYS[status][ages.length === 0 ? 'age' : 'stay']);
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
