import { DateTime } from 'luxon';
import { hasLongMarkRun, isBlank } from '../text/visible.js';

/** Thrown for an invalid value. The message follows the name of the field ("must be …") and does not contain the value. */
export class Unreadable extends Error {}

/** Maximum characters of a number or date; bounds the time of the patterns. */
const MAX_LENGTH = 64;

/**
 * Converts a value of a file to trimmed text in NFC.
 * @returns null for an absent or null value, and for a text without a visible character
 * @throws Unreadable for lists and objects, for integers beyond 2^53, and for text that a utf8mb4 column cannot hold
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
  if (hasLongMarkRun(raw)) {
    throw new Unreadable('must not have more than 30 combining characters in a row');
  }
  const text = raw.normalize('NFC');
  if (text.includes('\0') || text.includes('\uFFFD') || !text.isWellFormed()) {
    throw new Unreadable('must be well-formed text without NUL and U+FFFD');
  }
  return isBlank(text) ? null : text;
}

/** @param max number of code points, as MySQL counts characters */
export function readText(text: string, max: number): string {
  if (text.length > max && Array.from(text).length > max) {
    throw new Unreadable(`must have at most ${max} characters`);
  }
  return text;
}

/** @param max number of UTF-8 bytes */
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
  /** Decimal mark for ambiguous texts: with 'comma', `1.225` is 1225. */
  readonly decimal?: DecimalMark;
}

export type DecimalMark = 'point' | 'comma';

export function readWhole(text: string, rule: NumberRule): number {
  const { min, max } = rule;
  const decimal = toPlainDecimal(text, rule);
  const value = Number(decimal);
  // Checks the text as well: a double would round a very small fraction away.
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

const CURRENCY_PREFIX = /^(?:COP)?\s*\$?\s*/i;
const SQUARE_METRES_SUFFIX = /m[2²]$/i;
const PLAIN = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const WITH_COMMA = /^[+-]?\d*,\d+$/;
const WITH_THOUSANDS = /^[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$/;
const ONE_GROUP_OR_DECIMALS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** @returns a text that `Number` parses to the meant number; 'NaN' when the text is not a number */
function toPlainDecimal(text: string, rule: NumberRule): string {
  if (text.length > MAX_LENGTH) throw new Unreadable(`must be a number of at most ${MAX_LENGTH} characters`);
  const bare = text.replace(CURRENCY_PREFIX, '').replace(SQUARE_METRES_SUFFIX, '').trimEnd();
  if (ONE_GROUP_OR_DECIMALS.test(bare)) return oneGroupOrDecimals(bare, rule);
  if (PLAIN.test(bare)) return bare;
  const separator = WITH_THOUSANDS.exec(bare)?.[1];
  if (separator) return bare.replaceAll(separator, '').replace(',', '.');
  return WITH_COMMA.test(bare) ? bare.replace(',', '.') : 'NaN';
}

/**
 * Decides whether a single group of three digits, as in `1.225`, means thousands or decimals.
 * @throws Unreadable when both are within the limits and no decimal mark is set
 */
function oneGroupOrDecimals(bare: string, { min, max, decimal }: NumberRule): string {
  const asThousands = bare.replace(/[.,]/, '');
  const asDecimals = bare.replace(',', '.');
  if (decimal) return bare.includes(decimal === 'comma' ? ',' : '.') ? asDecimals : asThousands;
  const isPossible = (number: string): boolean => Number(number) >= min && Number(number) <= max;
  // A value out of range has the other meaning: no latitude is in the thousands.
  if (!isPossible(asThousands)) return asDecimals;
  if (!isPossible(asDecimals)) return asThousands;
  throw new Unreadable('can mean thousands or decimals: "decimal": "point" or "comma" in the map says which');
}

export interface DateRule {
  /** Format of luxon, with English names; absent: ISO 8601, with T or a blank before the time. */
  readonly format?: string;
  /** IANA time zone of dates that contain none. */
  readonly zone: string;
}

/**
 * @returns a function that parses a date or time; a date without a time is the start of that day in the zone. It throws
 * Unreadable for an invalid text.
 */
export function dateReader({ format, zone }: DateRule): (text: string) => Date {
  const parser = format && DateTime.buildFormatParser(foldBlanks(format), { locale: 'en' });
  return (text) => {
    if (text.length > MAX_LENGTH) throw new Unreadable(`must be a date of at most ${MAX_LENGTH} characters`);
    const time = parser
      ? DateTime.fromFormatParser(foldBlanks(text), parser, { locale: 'en', zone })
      : DateTime.fromISO(ISO_DAY.test(text) ? text.replace(' ', 'T') : '', { zone });
    if (!time.isValid)
      throw new Unreadable(`must be a date ${format ? `such as ${sample(format)}` : 'in ISO 8601'}`);
    return time.toJSDate();
  };
}

/** Whether the format contains year, month and day: luxon would take a missing one from today. */
export function isDateFormat(format: string): boolean {
  try {
    const day = DateTime.fromJSDate(dateReader({ format, zone: 'UTC' })(sample(format)), { zone: 'UTC' });
    return day.hasSame(SAMPLE_TIME, 'day');
  } catch {
    return false;
  }
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}(?:[T ]|$)/;
const SAMPLE_TIME = DateTime.utc(2003, 2, 4, 16, 5, 6);

// Some formats, such as ctime, pad with blanks.
function foldBlanks(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function sample(format: string): string {
  return SAMPLE_TIME.toFormat(foldBlanks(format), { locale: 'en' });
}
