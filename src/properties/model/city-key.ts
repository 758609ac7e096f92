import { isBlank } from '../../text/visible.js';
import { cut, fold } from './fold.js';

// Of the columns that keep it. A normalised text may be longer than the city's own column.
const MAX_LENGTH = 64;

/**
 * A city as it is compared: folded, outer blanks dropped and inner ones as one. `CARTAGENA `, `cartagena` and
 * `Cartagena` are one.
 * @returns '' for a blank text, and for one that only separates, such as `º`
 */
export function cityKey(city: string): string {
  if (isBlank(city)) return '';
  const key = fold(city).normalize('NFC').trim().replace(/\s+/gu, ' ');
  return cut(key, MAX_LENGTH).trimEnd();
}
