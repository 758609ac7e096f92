/** How a set of numbers is spread; null without numbers. */
export interface Summary {
  readonly count: number;
  readonly min: number | null;
  readonly p25: number | null;
  readonly median: number | null;
  readonly p75: number | null;
  readonly max: number | null;
}

/**
 * Summarises numbers. Quartiles are interpolated between order statistics.
 * @param values their order is changed; NaN is unknown
 * @param digits after the decimal point: results are rounded half away from zero
 */
export function summarise(values: Float64Array, digits: number): Summary {
  const known = dropUnknown(values, 10 ** digits);
  const count = known.length;
  if (count === 0) return { count, min: null, p25: null, median: null, p75: null, max: null };
  const middle = Math.floor((count - 1) / 2);
  select(known, middle, 0, count - 1);
  // The median has divided the numbers: each other quartile is in one half.
  const median = quartile(known, 2);
  select(known, Math.floor((count - 1) / 4), 0, middle);
  const p25 = quartile(known, 1);
  select(known, Math.floor(((count - 1) * 3) / 4), middle, count - 1);
  const p75 = quartile(known, 3);
  const [min, max] = [lowest(known, 0), highest(known)];
  const shown = (value: number): number => roundHalfAway(value) / 10 ** digits;
  return {
    count,
    min: shown(min),
    p25: shown(p25),
    median: shown(median),
    p75: shown(p75),
    max: shown(max),
  };
}

/** The known numbers, in units of the last digit: whole ones are then exact. They share the memory of `values`. */
function dropUnknown(values: Float64Array, unitsPerOne: number): Float64Array {
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    // A stored decimal such as 0.29 gives 28.999999999999996 without the second step.
    const units = value * unitsPerOne;
    const whole = Math.round(units);
    values[count++] = Math.abs(units - whole) <= 4 * Number.EPSILON * Math.abs(units) ? whole : units;
  }
  return values.subarray(0, count);
}

/** @param values divided at the order statistic below the quartile */
function quartile(values: Float64Array, quarter: 1 | 2 | 3): number {
  const position = (values.length - 1) * quarter;
  const [below, rest] = [Math.floor(position / 4), position % 4];
  if (rest === 0) return values[below]!;
  return (values[below]! * (4 - rest) + lowest(values, below + 1) * rest) / 4;
}

function lowest(values: Float64Array, from: number): number {
  let lowest = Infinity;
  for (let i = from; i < values.length; i++) if (values[i]! < lowest) lowest = values[i]!;
  return lowest;
}

function highest(values: Float64Array): number {
  let highest = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i]! > highest) highest = values[i]!;
  return highest;
}

function roundHalfAway(value: number): number {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  // `size + 0.5` would be rounded itself for numbers near 2 ** 53.
  const rounded = size - whole < 0.5 ? whole : whole + 1;
  return value < 0 && rounded > 0 ? -rounded : rounded;
}

/**
 * Quickselect (Hoare): moves the number that sorting would put at `at` there, lower ones before it and higher ones behind it.
 * Linear time for sorted numbers and for many equal ones; sorting a million takes five times as long.
 */
function select(values: Float64Array, at: number, from: number, to: number): void {
  while (from < to) {
    const pivot = middleOf(values[from]!, values[(from + to) >>> 1]!, values[to]!);
    let [low, high] = [from, to];
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (at <= high) to = high;
    else if (at >= low) from = low;
    else return;
  }
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
