import { DateTime } from 'luxon';
import { isBlank } from '../text/visible.js';

/** A value that can not be taken over. Its message follows the field's name: "must be …", and repeats no value. */
export class Unreadable extends Error {}

// Normalization takes quadratic time in the length of such a run. Unicode's stream-safe format has the same limit.
const TOO_MANY_MARKS = /\p{M}{31}/u;

/** No number or date is longer; patterns read nothing longer. */
const MAX_LENGTH = 64;

/**
 * A value of a file as text: outer blanks dropped, NFC.
 * @returns null for an absent or null value, and for a text without a visible character
 * @throws Unreadable for lists and objects, and for text that no utf8mb4 column can hold
 */
export function readRaw(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new Unreadable('must be one value, not a list or an object');
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new Unreadable('must be written as text, because JSON rounds a number of this size');
  }
  const raw = String(value).trim();
  if (raw.length > 30 && TOO_MANY_MARKS.test(raw)) {
    throw new Unreadable('must not have more than 30 combining characters in a row');
  }
  const text = raw.normalize('NFC');
  if (text.includes('\0') || text.includes('\uFFFD') || !text.isWellFormed()) {
    throw new Unreadable('must be whole characters, none of them NUL or U+FFFD');
  }
  return isBlank(text) ? null : text;
}

/** @param max characters as MySQL counts them: code points */
export function readText(text: string, max: number): string {
  if (text.length > max && Array.from(text).length > max) {
    throw new Unreadable(`must have at most ${max} characters`);
  }
  return text;
}

/** @param max bytes of UTF-8 */
export function readLongText(text: string, max: number): string {
  if (text.length * 3 > max && Buffer.byteLength(text) > max) {
    throw new Unreadable(`must have at most ${max} bytes`);
  }
  return text;
}

export function readWord<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word === undefined) throw new Unreadable(`must be one of ${words.join(', ')}`);
  return word;
}

/** @returns an ISO 4217 code */
export function readCurrency(text: string): string {
  if (!/^[A-Za-z]{3}$/.test(text)) throw new Unreadable('must be a code of three letters such as COP');
  return text.toUpperCase();
}

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  /** What stands before decimals where the text alone does not tell: by 'comma' `1.225` is 1225. */
  readonly decimal?: DecimalMark;
}

export type DecimalMark = 'point' | 'comma';

export function readWhole(text: string, rule: NumberRule): number {
  const { min, max } = rule;
  const decimal = toPlainDecimal(text, rule);
  const value = Number(decimal);
  // The text decides, because a fraction may be too small for a double to hold: it is not rounded away.
  const whole = Number.isSafeInteger(value) && !/\.\d*[1-9]0*$/.test(decimal);
  if (!whole || value < min || value > max) {
    throw new Unreadable(`must be a whole number from ${min} to ${max}`);
  }
  return value || 0; // no -0
}

export function readDecimal(text: string, rule: NumberRule): number {
  const { min, max } = rule;
  const value = Number(toPlainDecimal(text, rule));
  if (!(value >= min && value <= max)) throw new Unreadable(`must be a number from ${min} to ${max}`);
  return value || 0;
}

const CURRENCY_BEFORE = /^(?:COP)?\s*\$?\s*/i;
const SQUARE_METRES_BEHIND = /m[2²]$/i;
const PLAIN = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const WITH_COMMA = /^[+-]?\d*,\d+$/;
const GROUPED = /^[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$/;
const ONE_GROUP_OR_DECIMALS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** @returns what `Number` reads exactly as the text means, 'NaN' for what is no number */
function toPlainDecimal(text: string, rule: NumberRule): string {
  if (text.length > MAX_LENGTH) throw new Unreadable(`must be a number of at most ${MAX_LENGTH} characters`);
  const bare = text.replace(CURRENCY_BEFORE, '').replace(SQUARE_METRES_BEHIND, '').trimEnd();
  if (ONE_GROUP_OR_DECIMALS.test(bare)) return oneGroupOrDecimals(bare, rule);
  if (PLAIN.test(bare)) return bare;
  const separator = GROUPED.exec(bare)?.[1];
  if (separator) return bare.replaceAll(separator, '').replace(',', '.');
  return WITH_COMMA.test(bare) ? bare.replace(',', '.') : 'NaN';
}

/** A single group of three digits, such as `1.225`: thousands or decimals. */
function oneGroupOrDecimals(bare: string, { min, max, decimal }: NumberRule): string {
  const asThousands = bare.replace(/[.,]/, '');
  const asDecimals = bare.replace(',', '.');
  if (decimal) return bare.includes(decimal === 'comma' ? ',' : '.') ? asDecimals : asThousands;
  const isPossible = (number: string): boolean => Number(number) >= min && Number(number) <= max;
  // No latitude has thousands.
  if (!isPossible(asThousands)) return asDecimals;
  if (!isPossible(asDecimals)) return asThousands;
  throw new Unreadable('can mean thousands or decimals: "decimal": "point" or "comma" in the map says which');
}

export interface DateRule {
  /** Of luxon, with English names; absent: ISO 8601, with a blank instead of the T if need be. */
  readonly format?: string;
  /** IANA name, of dates that carry no zone of their own. */
  readonly zone: string;
}

/** @returns a reader of moments; a day is read as its first moment in the zone */
export function dateReader({ format, zone }: DateRule): (text: string) => Date {
  const parser = format && DateTime.buildFormatParser(foldBlanks(format), { locale: 'en' });
  return (text) => {
    if (text.length > MAX_LENGTH) throw new Unreadable(`must be a date of at most ${MAX_LENGTH} characters`);
    const moment = parser
      ? DateTime.fromFormatParser(foldBlanks(text), parser, { locale: 'en', zone })
      : DateTime.fromISO(ISO_DAY.test(text) ? text.replace(' ', 'T') : '', { zone });
    if (!moment.isValid)
      throw new Unreadable(`must be a date ${format ? `such as ${sample(format)}` : 'in ISO 8601'}`);
    return moment.toJSDate();
  };
}

/** Whether the format tells year, month and day: without one, today's would be taken. */
export function isDateFormat(format: string): boolean {
  try {
    const day = DateTime.fromJSDate(dateReader({ format, zone: 'UTC' })(sample(format)), { zone: 'UTC' });
    return day.hasSame(SAMPLE, 'day');
  } catch {
    return false;
  }
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}(?:[T ]|$)/;
const SAMPLE = DateTime.utc(2003, 2, 4, 16, 5, 6);

// ctime and others pad with blanks.
function foldBlanks(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function sample(format: string): string {
  return SAMPLE.toFormat(foldBlanks(format), { locale: 'en' });
}
