/**
 * The lower border of the finest bucket that a price lies in: 180 in each power of ten, so that every border of a
 * histogram with two digits, or with a 5 as the third, is one of theirs.
 */
export function priceStep(price: number): number {
  const width = priceStepWidth(price);
  return Math.floor(price / width) * width;
}

/** How wide the finest buckets are where `price` lies. */
export function priceStepWidth(price: number): number {
  const digits = String(Math.abs(price)).length;
  return Math.max(1, 5 * 10 ** (digits - 3));
}
