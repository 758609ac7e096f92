import { DateTime } from 'luxon';
import { isBlank } from '../text/visible.js';

/** A value that can not be taken over. Its message follows the field's name: "must be …", and repeats no value. */
export class Unreadable extends Error {}

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
  const text = String(value).trim().normalize('NFC');
  if (text.includes('\0') || text.includes('\uFFFD') || !text.isWellFormed()) {
    throw new Unreadable('must be whole UTF-8 without NUL characters');
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
  /** Whether a comma stands before decimals where the text alone does not tell: `1.225` is then 1225. */
  readonly decimalComma?: boolean;
}

export function readWhole(text: string, { min, max, decimalComma }: NumberRule): number {
  const decimal = toPlainDecimal(text, decimalComma);
  const value = Number(decimal);
  // The text decides, because a fraction may be too small for a double to hold: it is not rounded away.
  const whole = Number.isSafeInteger(value) && !/\.\d*[1-9]\d*$/.test(decimal);
  if (!whole || value < min || value > max) {
    throw new Unreadable(`must be a whole number from ${min} to ${max}`);
  }
  return value || 0; // no -0
}

export function readDecimal(text: string, { min, max, decimalComma }: NumberRule): number {
  const value = Number(toPlainDecimal(text, decimalComma));
  if (!(value >= min && value <= max)) throw new Unreadable(`must be a number from ${min} to ${max}`);
  return value || 0;
}

const MARKS = /^(?:COP)?\s*\$?\s*|\s*m[2²]$/gi;
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WITH_COMMA = /^[+-]?\d*,\d+$/;
const GROUPED = /^[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?$/;
const ONE_GROUP_OR_DECIMALS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** @returns what `Number` reads exactly as the text means, 'NaN' for what is no number */
function toPlainDecimal(text: string, decimalComma = false): string {
  const bare = text.replace(MARKS, '');
  if (ONE_GROUP_OR_DECIMALS.test(bare)) {
    if (decimalComma) return bare.replace('.', '').replace(',', '.');
    if (bare.includes(','))
      throw new Unreadable('can mean thousands or decimals: decimalComma in the map says which');
  }
  if (PLAIN.test(bare)) return bare;
  const separator = GROUPED.exec(bare)?.[1];
  if (separator) return bare.replaceAll(separator, '').replace(',', '.');
  return WITH_COMMA.test(bare) ? bare.replace(',', '.') : 'NaN';
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
