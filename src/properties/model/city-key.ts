import { isBlank } from '../../text/visible.js';
import { cut, fold } from './fold.js';

// The length of the `city_key` columns. A folded text can be longer than the column of the city's name.
const MAX_CHARACTERS = 64;

/**
 * The key that cities are compared by: the folded name, trimmed, with single blanks. `CARTAGENA `, `cartagena` and `Cartagena`
 * have the same key.
 * @returns at most 64 code points; '' for a text without visible characters, or with separators only, such as `º`
 */
export function cityKey(city: string): string {
  if (isBlank(city)) return '';
  const key = fold(city).normalize('NFC').trim().replace(/\s+/gu, ' ');
  return cut(key, MAX_CHARACTERS).trimEnd();
}
