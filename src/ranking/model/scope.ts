import { createHash } from 'node:crypto';

/** The properties of one availability in the country, or in one city. */
export interface Scope {
  /** Null: hidden. */
  readonly availability: string | null;
  readonly cityKey?: string;
}

const COUNTRY_SCOPES: Readonly<Record<string, number>> = { available: 1, sold: 2 };
/** Hexadecimal digits of a hash that a number holds exactly. */
const HASH_DIGITS = 13;

/**
 * The number that stands for a scope in the sort indexes, where texts would make each entry longer and slower to compare. Null
 * for hidden properties.
 */
export function scopeOf({ availability, cityKey }: Scope): number | null {
  if (availability === null) return null;
  if (cityKey === undefined) return COUNTRY_SCOPES[availability] ?? null;
  const hash = createHash('sha256').update(`${availability} ${cityKey}`).digest('hex');
  return Number.parseInt(hash.slice(0, HASH_DIGITS), 16);
}
