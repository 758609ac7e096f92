import type { Type } from '@nestjs/common';
import { DateTime } from 'luxon';
import { hasLongMarkRun, isBlank } from '../text/visible.js';
import { declareField, type FieldOptions, type FieldRule } from './field.js';

// One decorator per field of the path, the query or a JSON body. It checks the value, gives the error message and documents
// the field in OpenAPI.

interface Range {
  min: number;
  max: number;
}

/** A whole number. As a parameter: in plain decimal digits, with no exponent, plus sign, blank or other base. */
export function IntField({ min, max, ...options }: FieldOptions & Range): PropertyDecorator {
  return declareField(options, wholeNumber({ min, max }));
}

/** An id in the path: 1 … 2^53-1. */
export function IdField(options: { description: string; example: number }): PropertyDecorator {
  const [min, max] = [1, Number.MAX_SAFE_INTEGER];
  return declareField(
    { ...options, required: true },
    {
      ...wholeNumber({ min, max }),
      isInPath: true,
    },
  );
}

/** A UUID in the path. */
export function UuidField(options: { description: string; example: string }): PropertyDecorator {
  return declareField(
    { ...options, required: true },
    {
      schema: { type: 'string', format: 'uuid', maxLength: 36 },
      parse: (text) => text.toLowerCase(),
      accepts: (value) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value as string),
      must: 'be a UUID',
      isInPath: true,
    },
  );
}

/** A number. As a parameter: in plain decimal digits, with or without a fraction. */
export function DecimalField({ min, max, ...options }: FieldOptions & Range): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'number', minimum: min, maximum: max },
    parse: parseDecimal,
    accepts: isWithin({ min, max }),
    must: `be a number from ${min} to ${max}`,
    parameterHint: ', such as 72 or 72.5',
  });
}

/** A query parameter: a fixed number of numbers, separated by commas, such as `4.65,-74.06`. */
export function NumbersField({
  parts,
  ordered = [],
  ...options
}: FieldOptions & {
  parts: Readonly<Record<string, Range>>;
  /** Pairs of part names: the first value must not be greater than the second. */
  ordered?: readonly (readonly [string, string])[];
}): PropertyDecorator {
  const names = Object.keys(parts);
  const checks = Object.values(parts).map(isWithin);
  const orderedIndexes = ordered.map(([low, high]) => [names.indexOf(low), names.indexOf(high)] as const);
  const rules = [
    ...Object.entries(parts).map(([name, { min, max }]) => `${name} from ${min} to ${max}`),
    ...ordered.map(([low, high]) => `${low} not above ${high}`),
  ];
  return declareField(options, {
    schema: { type: 'string', maxLength: 33 * names.length },
    parse: (text) => text.split(',').map(parseDecimal),
    accepts: (value) =>
      Array.isArray(value) &&
      value.length === checks.length &&
      checks.every((check, i) => check(value[i])) &&
      orderedIndexes.every(([low, high]) => value[low] <= value[high]),
    must: `be ${names.join(',')} in plain decimals: ${rules.join(', ')}`,
  });
}

/** One word of a fixed list. */
export function WordField({
  words,
  ...options
}: FieldOptions & { words: readonly string[] }): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'string', enum: [...words] },
    accepts: (value) => words.includes(value as string),
    must: `be one of ${words.join(', ')}`,
  });
}

/** A query parameter: words of a fixed list, separated by commas, each once. */
export function WordsField({
  words,
  ...options
}: FieldOptions & { words: readonly string[] }): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'string', maxLength: words.join(',').length },
    parse: (text) => text.split(','),
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((word) => words.includes(word as string)) &&
      new Set(value).size === value.length,
    must: `be one or more of these, separated by commas, each once: ${words.join(', ')}`,
  });
}

/** `true` or `false`. */
export function FlagField(options: FieldOptions): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'boolean' },
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
    accepts: (value) => typeof value === 'boolean',
    must: 'be true or false',
  });
}

interface TextOptions extends FieldOptions {
  minLength?: number;
  /** Characters. */
  maxLength: number;
  pattern?: RegExp;
  format?: 'email' | 'password';
  /** Called only with texts of a valid length. */
  accepts?: (text: string) => boolean;
  /** Follows the length in the error message; begins with a blank or a comma. */
  hint?: string;
  /** Replaces the error message "must be a text of …". */
  must?: string;
  normalise?: FieldRule['normalise'];
  check?: FieldRule['check'];
}

/** A text that is taken exactly as it was sent, unless `normalise` is given. */
export function TextField({
  minLength = 1,
  maxLength,
  pattern,
  format,
  accepts = () => true,
  hint = '',
  must = `be a text of ${minLength} to ${maxLength} characters${hint}`,
  normalise,
  check,
  ...options
}: TextOptions): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'string', minLength, maxLength, pattern: portableSource(pattern), format },
    normalise,
    accepts: (value) =>
      typeof value === 'string' &&
      value.length >= minLength &&
      // Code points: a character beyond the basic plane has two UTF-16 units and counts once.
      (value.length <= maxLength || [...value].length <= maxLength) &&
      (pattern?.test(value) ?? true) &&
      accepts(value),
    must,
    check,
  });
}

/** The pattern for the document, which cannot say flags. */
const portableSource = (pattern?: RegExp): string | undefined =>
  pattern?.flags ? undefined : pattern?.source;

/** A text for people to read. It is trimmed and normalised to NFC. It must have a visible character and neither NUL nor U+FFFD. */
export function ProseField({
  maxBytes = Infinity,
  ...options
}: FieldOptions & { maxLength: number; /** Length in UTF-8. */ maxBytes?: number }): PropertyDecorator {
  const byteLimit = maxBytes === Infinity ? '' : `, in ${maxBytes} bytes`;
  return TextField({
    ...options,
    normalise: (text) => (hasLongMarkRun(text) ? text : text.trim().normalize('NFC')),
    accepts: (text) =>
      Buffer.byteLength(text) <= maxBytes &&
      !isBlank(text) &&
      !hasLongMarkRun(text) &&
      !/[\0\uFFFD]/.test(text),
    hint: `${byteLimit}, at least one of them visible, at most 30 combining marks in a row`,
  });
}

const RFC_3339_TIME =
  /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** An RFC 3339 time from the year 1000 on: the database cannot store older ones. */
export function DateTimeField(options: FieldOptions): PropertyDecorator {
  return declareField(options, {
    schema: { type: 'string', format: 'date-time', maxLength: 40 },
    accepts: (value) =>
      typeof value === 'string' &&
      RFC_3339_TIME.test(value) &&
      // Luxon refuses the 30th of February; `Date` reads it as a day in March.
      DateTime.fromISO(value.toUpperCase()).isValid &&
      new Date(value.toUpperCase()).getUTCFullYear() >= 1_000,
    must: 'be a time of RFC 3339, such as 2026-05-01T10:00:00Z',
  });
}

/** A body field: an object with the fields of its class. */
export function ObjectField(objectType: Type<object>, options: FieldOptions): PropertyDecorator {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return declareField(options, {
    schema: { type: () => objectType },
    objectType,
    accepts: isObject,
    must: 'be an object',
  });
}

/** A body field: a list of objects with the fields of their class. */
export function ObjectsField(
  objectType: Type<object>,
  { maxItems, ...options }: FieldOptions & { maxItems: number },
): PropertyDecorator {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return declareField(options, {
    schema: { type: [objectType], maxItems },
    objectType,
    accepts: (value) => Array.isArray(value) && value.length <= maxItems && value.every(isObject),
    must: `be a list of up to ${maxItems} objects`,
  });
}

function wholeNumber({ min, max }: Range): FieldRule {
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    parse: (text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : undefined),
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    must: `be a whole number from ${min} to ${max}`,
  };
}

/** @returns undefined for any other text than plain decimal digits with or without a fraction */
export function parseDecimal(text: string): number | undefined {
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}

function isWithin({ min, max }: Range): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && value >= min && value <= max;
}
