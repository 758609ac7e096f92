import { ApiParam, ApiQuery } from '@nestjs/swagger';
import { isBlank } from '../text/visible.js';

// One decorator per path or query parameter. It parses the text, gives the error message and documents the parameter in
// OpenAPI. class-validator, which checks bodies, would take a tenth of the CPU time of a list request here.

interface Documented {
  description: string;
}
/** Name of a parameter that must also be given: always, or per value of this parameter. */
type Requirement = string | Readonly<Record<string, string>>;
interface Numeric extends Documented {
  min: number;
  max: number;
  default?: number;
}
interface ValueType {
  /** OpenAPI schema of one value. */
  schema: Record<string, unknown>;
  /** @returns undefined for an invalid text */
  parse: (text: string) => unknown;
  /** Completes the error message "must …". */
  must: string;
}
interface FieldOptions extends Documented {
  repeatable?: boolean;
  maxRepeats?: number;
  required?: boolean;
  needs?: Requirement;
  /** Name of a parameter that cannot be given together with this one. */
  excludes?: string;
}
interface Field extends ValueType, FieldOptions {
  name: string;
  in: 'path' | 'query';
}
/** A parsed value, or the error message. */
type ReadResult = { value: unknown } | { fault: string };

const FIELDS = Symbol('fields');
const DEFAULT_MAX_REPEATS = 50;
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** A whole number in plain decimal digits: no exponent, plus sign, blank or other base. */
export function IntField(
  options: Numeric & { repeatable?: boolean; maxRepeats?: number },
): PropertyDecorator {
  const { min, max } = options;
  return declare('query', options, {
    schema: { type: 'integer', minimum: min, maximum: max, default: options.default },
    parse: numberWithin(/^-?\d{1,16}$/, min, max),
    must: `be a whole number from ${min} to ${max}`,
  });
}

/** A number in plain decimal digits, with or without a fraction. */
export function DecimalField(options: Numeric & { needs?: Requirement }): PropertyDecorator {
  const { min, max } = options;
  return declare('query', options, {
    schema: { type: 'number', minimum: min, maximum: max },
    parse: numberWithin(DECIMAL, min, max),
    must: `be a number from ${min} to ${max}, such as 72 or 72.5`,
  });
}

/** A fixed number of numbers in one text, separated by commas, such as `4.65,-74.06`. */
export function NumbersField(
  options: Documented & {
    parts: Readonly<Record<string, { min: number; max: number }>>;
    /** Pairs of part names: the first value must not be greater than the second. */
    ordered?: readonly (readonly [string, string])[];
  },
): PropertyDecorator {
  const { ordered = [] } = options;
  const names = Object.keys(options.parts);
  const parsers = Object.values(options.parts).map(({ min, max }) => numberWithin(DECIMAL, min, max));
  const orderedIndexes = ordered.map(([low, high]) => [names.indexOf(low), names.indexOf(high)] as const);
  const rules = [
    ...Object.entries(options.parts).map(([name, { min, max }]) => `${name} from ${min} to ${max}`),
    ...ordered.map(([low, high]) => `${low} not above ${high}`),
  ];
  return declare('query', options, {
    schema: { type: 'string' },
    parse: (text) => {
      const texts = text.split(',');
      const numbers = parsers.map((parse, i) => parse(texts[i] ?? ''));
      const isValid =
        texts.length === parsers.length &&
        !numbers.includes(undefined) &&
        orderedIndexes.every(([low, high]) => numbers[low]! <= numbers[high]!);
      return isValid ? numbers : undefined;
    },
    must: `be ${names.join(',')} in plain decimals: ${rules.join(', ')}`,
  });
}

/** One word of a fixed list. */
export function WordField(
  options: Documented & {
    words: readonly string[];
    default?: string;
    repeatable?: boolean;
    needs?: Requirement;
    excludes?: string;
  },
): PropertyDecorator {
  const { words } = options;
  return declare('query', options, {
    schema: { type: 'string', enum: [...words], default: options.default },
    parse: (text) => (words.includes(text) ? text : undefined),
    must: `be one of ${words.join(', ')}`,
  });
}

/** `true` or `false`. */
export function FlagField(options: Documented & { default: boolean }): PropertyDecorator {
  return declare('query', options, {
    schema: { type: 'boolean', default: options.default },
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
    must: 'be true or false',
  });
}

/** Free text. It must not be blank, or must pass `accepts` where that is given. */
export function TextField(
  options: Documented & {
    maxLength: number;
    repeatable?: boolean;
    /** Called only with texts up to `maxLength`. */
    accepts?: (text: string) => boolean;
    /** Describes the rule of `accepts`; ends the error message. */
    hint?: string;
    required?: true;
    /** For a required parameter: Swagger UI fills it in. */
    example?: string;
  },
): PropertyDecorator {
  const { maxLength, accepts = (text) => !isBlank(text), hint = 'that is not blank' } = options;
  return declare('query', options, {
    schema: { type: 'string', minLength: 1, maxLength, example: options.example },
    parse: (text) => (lengthOf(text) <= maxLength && accepts(text) ? text : undefined),
    must: `be a text of 1 to ${maxLength} characters ${hint}`,
  });
}

/** An id in the path: 1 … 2^53-1. */
export function IdField(options: Documented & { example: number }): PropertyDecorator {
  return declare(
    'path',
    { ...options, required: true },
    {
      schema: {
        type: 'integer',
        format: 'int64',
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        // Swagger UI fills examples into its form, so optional parameters have none: they would be sent unasked.
        example: options.example,
      },
      parse: numberWithin(/^\d{1,16}$/, 1, Number.MAX_SAFE_INTEGER),
      must: `be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`,
    },
  );
}

/** The parameters that a class declares with the decorators above, its parents' first. */
export function fieldsOf(input: new () => object): ReadonlyMap<string, Field> {
  return (Reflect.getMetadata(FIELDS, input) as Map<string, Field> | undefined) ?? new Map<string, Field>();
}

/** @param given the text from the router or the query parser; a list of texts when the parameter is repeated */
export function readField(field: Field, given: unknown): ReadResult {
  const { repeatable = false, maxRepeats = DEFAULT_MAX_REPEATS, parse, must } = field;
  if (typeof given === 'string') {
    const value = parse(given);
    if (value === undefined) return { fault: `must ${must}` };
    return { value: repeatable ? [value] : value };
  }
  if (!Array.isArray(given)) return { fault: `must ${must}` };
  if (!repeatable) return { fault: 'must be given only once' };
  if (given.length > maxRepeats) return { fault: `may be given up to ${maxRepeats} times` };
  const values = given.map((text) => parse(String(text)));
  return values.includes(undefined) ? { fault: `must ${must}` } : { value: values };
}

/** @returns the name of the parameter that this one, with this value, requires */
export function requiredWith({ needs }: Field, value: unknown): string | undefined {
  if (needs === undefined || typeof needs === 'string') return needs;
  return Object.hasOwn(needs, String(value)) ? needs[String(value)] : undefined;
}

/** Decorators that document the parameters of a class in OpenAPI. */
export function documentFields(input: new () => object): MethodDecorator[] {
  return [...fieldsOf(input).values()].map(
    ({ name, in: place, repeatable, maxRepeats = DEFAULT_MAX_REPEATS, required, schema, description }) => {
      if (place === 'path') return ApiParam({ name, description, schema });
      return repeatable
        ? ApiQuery({
            name,
            required: false,
            description,
            style: 'form',
            explode: true,
            schema: { type: 'array', items: schema, maxItems: maxRepeats },
          })
        : ApiQuery({ name, required: required ?? false, description, schema });
    },
  );
}

function declare(place: Field['in'], options: FieldOptions, type: ValueType): PropertyDecorator {
  return (target, name) => {
    const { description, repeatable, maxRepeats, required, needs, excludes } = options;
    const field = {
      ...type,
      description,
      repeatable,
      maxRepeats,
      required,
      needs,
      excludes,
      name: String(name),
      in: place,
    };
    const fields = new Map(fieldsOf(target.constructor as new () => object)).set(field.name, field);
    Reflect.defineMetadata(FIELDS, fields, target.constructor);
  };
}

function numberWithin(pattern: RegExp, min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const number = pattern.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
}

// Counts code points: a character beyond the basic plane has two UTF-16 units and counts once.
function lengthOf(text: string): number {
  return /[\u{10000}-\u{10FFFF}]/u.test(text) ? [...text].length : text.length;
}
