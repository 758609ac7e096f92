import { ApiParam, ApiQuery } from '@nestjs/swagger';
import { isBlank } from '../text/visible.js';

// One decorator a parameter: how its text becomes a value, what it must be, and how it is documented. Parameters are
// texts, and a list is asked for more than anything else: class-validator, which checks bodies, took a tenth of the
// processor time of a request here.

interface Documented {
  description: string;
}
/** A parameter without which this one, or one of its words, means nothing. */
type Need = string | Readonly<Record<string, string>>;
interface Numeric extends Documented {
  min: number;
  max: number;
  default?: number;
}
type Schema = Record<string, unknown>;
interface Kind {
  schema: Schema;
  /** The value of a text; undefined when it is none. */
  parse: (text: string) => unknown;
  /** What it must be, in words. */
  must: string;
}
interface Declared extends Documented {
  repeatable?: boolean;
  maxRepeats?: number;
  required?: boolean;
  needs?: Need;
  /** A parameter that can not be given together with this one. */
  excludes?: string;
}
interface Field extends Kind, Declared {
  name: string;
  in: 'path' | 'query';
}
/** What a parameter is: its value, or what is wrong with it. */
type Read = { value: unknown } | { fault: string };

const FIELDS = Symbol('fields');
const MAX_REPEATS = 50;
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** A whole number, written plainly: no exponent, sign before a positive one, blank or other base. */
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

/** A number that may have a decimal fraction, written plainly. */
export function DecimalField(options: Numeric & { needs?: Need }): PropertyDecorator {
  const { min, max } = options;
  return declare('query', options, {
    schema: { type: 'number', minimum: min, maximum: max },
    parse: numberWithin(DECIMAL, min, max),
    must: `be a number from ${min} to ${max}, such as 72 or 72.5`,
  });
}

/** Several numbers in one text, separated by commas, such as `4.65,-74.06`. */
export function NumbersField(
  options: Documented & {
    parts: Readonly<Record<string, { min: number; max: number }>>;
    /** Pairs of parts of which the first must not be greater. */
    ordered?: readonly (readonly [string, string])[];
  },
): PropertyDecorator {
  const { ordered = [] } = options;
  const names = Object.keys(options.parts);
  const parsers = Object.values(options.parts).map(({ min, max }) => numberWithin(DECIMAL, min, max));
  const places = ordered.map(([low, high]) => [names.indexOf(low), names.indexOf(high)] as const);
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
        places.every(([low, high]) => numbers[low]! <= numbers[high]!);
      return isValid ? numbers : undefined;
    },
    must: `be ${names.join(',')} in plain decimals: ${rules.join(', ')}`,
  });
}

/** One of a few words. */
export function WordField(
  options: Documented & {
    words: readonly string[];
    default?: string;
    repeatable?: boolean;
    needs?: Need;
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

/** Free text that is not blank, or that `accepts` takes. */
export function TextField(
  options: Documented & {
    maxLength: number;
    repeatable?: boolean;
    /** Is asked only about texts that are not too long. */
    accepts?: (text: string) => boolean;
    /** What `accepts` asks for, in words. */
    hint?: string;
    required?: true;
    /** Of a required one: Swagger UI fills it in. */
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
        // Swagger UI fills it into its form; parameters that may be left out have none, or it would be sent unasked.
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

/** @param given the texts as the router or the query parser gives them: a list when repeated */
export function readField(field: Field, given: unknown): Read {
  const { repeatable = false, maxRepeats = MAX_REPEATS, parse, must } = field;
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

/** What a field with this value cannot do without. */
export function neededBy({ needs }: Field, value: unknown): string | undefined {
  if (needs === undefined || typeof needs === 'string') return needs;
  return Object.hasOwn(needs, String(value)) ? needs[String(value)] : undefined;
}

/** The OpenAPI parameters of a class, for a method that takes it. */
export function documentFields(input: new () => object): MethodDecorator[] {
  return [...fieldsOf(input).values()].map(
    ({ name, in: place, repeatable, maxRepeats = MAX_REPEATS, required, schema, description }) => {
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

function declare(place: Field['in'], declared: Declared, kind: Kind): PropertyDecorator {
  return (target, name) => {
    const { description, repeatable, maxRepeats, required, needs, excludes } = declared;
    const field = {
      ...kind,
      description,
      repeatable,
      maxRepeats,
      required,
      needs,
      excludes,
      name: String(name),
      in: place,
    };
    const all = new Map(fieldsOf(target.constructor as new () => object)).set(field.name, field);
    Reflect.defineMetadata(FIELDS, all, target.constructor);
  };
}

function numberWithin(form: RegExp, min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const number = form.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
}

// A character beyond the basic plane is one, though it takes two places.
function lengthOf(text: string): number {
  return /[\u{10000}-\u{10FFFF}]/u.test(text) ? [...text].length : text.length;
}
