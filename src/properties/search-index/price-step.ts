/**
 * The lower border of the finest bucket that contains `price`. Each power of ten has 180 buckets, so their borders include
 * every border that a histogram can use.
 */
export function priceStep(price: number): number {
  const width = priceStepWidth(price);
  return Math.floor(price / width) * width;
}

/** The width of the finest bucket that contains `price`: 5 in the third digit. */
export function priceStepWidth(price: number): number {
  const digits = String(Math.abs(price)).length;
  return Math.max(1, 5 * 10 ** (digits - 3));
}
