import { applyDecorators } from '@nestjs/common';
import { ApiParam, ApiQuery } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  Matches,
  MaxLength,
  Min,
  ValidateBy,
  type ValidationArguments,
} from 'class-validator';

// One decorator a parameter: how its text becomes a value, what it must be, and how it is documented. Parameters
// are texts, so they are converted by strict rules first; what can't be converted stays text and fails the check.

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
interface Field {
  name: string;
  in: 'path' | 'query';
  repeatable: boolean;
  required: boolean;
  description: string;
  schema: Schema;
}

const FIELDS = Symbol('fields');
const MAX_REPEATS = 50;
const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** A whole number, written plainly: no exponent, sign before a positive one, blank or other base. */
export function IntField(options: Numeric & { repeatable?: boolean }): PropertyDecorator {
  const { min, max, repeatable = false } = options;
  const check = checks(repeatable, `must be a whole number from ${min} to ${max}`);
  return applyDecorators(
    field(
      'query',
      repeatable,
      { type: 'integer', minimum: min, maximum: max, default: options.default },
      options,
    ),
    converted(repeatable, plainNumber(/^-?\d{1,16}$/)),
    IsOptional(),
    ...repeats(repeatable),
    IsInt(check),
    Min(min, check),
    Max(max, check),
  );
}

/** A number that may have a decimal fraction, written plainly. */
export function DecimalField(options: Numeric & { needs?: Need }): PropertyDecorator {
  const { min, max } = options;
  const check = checks(false, `must be a number from ${min} to ${max}, such as 72 or 72.5`);
  return applyDecorators(
    field('query', false, { type: 'number', minimum: min, maximum: max }, options),
    converted(false, plainNumber(DECIMAL)),
    IsOptional(),
    IsNumber({}, check),
    Min(min, check),
    Max(max, check),
    ...needs(options.needs),
  );
}

/** Several numbers in one text, separated by commas, such as `4.65,-74.06`. */
export function NumbersField(
  options: Documented & {
    parts: Readonly<Record<string, { min: number; max: number }>>;
    /** Pairs of parts of which the first must not be greater. */
    ordered?: readonly (readonly [string, string])[];
  },
): PropertyDecorator {
  const names = Object.keys(options.parts);
  const limits = Object.values(options.parts);
  const places = (options.ordered ?? []).map(
    ([low, high]) => [names.indexOf(low), names.indexOf(high)] as const,
  );
  const rules = [
    ...Object.entries(options.parts).map(([name, { min, max }]) => `${name} from ${min} to ${max}`),
    ...(options.ordered ?? []).map(([low, high]) => `${low} not above ${high}`),
  ];
  const one = plainNumber(DECIMAL);
  const isValid = (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length === limits.length &&
    limits.every(({ min, max }, i) => typeof value[i] === 'number' && value[i] >= min && value[i] <= max) &&
    places.every(([low, high]) => value[low] <= value[high]);
  return applyDecorators(
    field('query', false, { type: 'string' }, options),
    // A repeated parameter stays what it is, a list of texts.
    converted(false, (text) => text.split(',').map(one)),
    IsOptional(),
    ValidateBy({
      name: 'numbers',
      validator: {
        validate: isValid,
        defaultMessage: (args) =>
          Array.isArray(args?.value) &&
          args.value.some((part) => typeof part === 'string' && part.includes(','))
            ? 'must be given only once'
            : `must be ${names.join(',')} in plain decimals: ${rules.join(', ')}`,
      },
    }),
  );
}

/** One of a few words. */
export function WordField(
  options: Documented & { words: readonly string[]; default?: string; repeatable?: boolean; needs?: Need },
): PropertyDecorator {
  const { words, repeatable = false } = options;
  return applyDecorators(
    field('query', repeatable, { type: 'string', enum: [...words], default: options.default }, options),
    converted(repeatable, (text) => text),
    IsOptional(),
    ...repeats(repeatable),
    IsIn([...words], checks(repeatable, `must be one of ${words.join(', ')}`)),
    ...needs(options.needs),
  );
}

/** `true` or `false`. */
export function FlagField(options: Documented & { default: boolean }): PropertyDecorator {
  return applyDecorators(
    field('query', false, { type: 'boolean', default: options.default }, options),
    converted(false, (text) => (text === 'true' ? true : text === 'false' ? false : text)),
    IsOptional(),
    IsIn([true, false], checks(false, 'must be true or false')),
  );
}

/** Free text that is not blank, or that has what `pattern` finds. */
export function TextField(
  options: Documented & {
    maxLength: number;
    repeatable?: boolean;
    pattern?: RegExp;
    /** What `pattern` asks for, in words. */
    hint?: string;
    required?: true;
    /** Of a required one: Swagger UI fills it in. */
    example?: string;
  },
): PropertyDecorator {
  const { maxLength, repeatable = false, pattern, hint = 'that is not blank' } = options;
  const check = checks(repeatable, `must be a text of 1 to ${maxLength} characters ${hint}`);
  return applyDecorators(
    field(
      'query',
      repeatable,
      { type: 'string', minLength: 1, maxLength, example: options.example },
      options,
    ),
    converted(repeatable, (text) => (text.trim() === '' ? '' : text)),
    ...(options.required ? [] : [IsOptional()]),
    ...repeats(repeatable),
    IsString(check),
    IsNotEmpty(check),
    MaxLength(maxLength, check),
    ...(pattern ? [Matches(pattern, check)] : []),
  );
}

/** An id in the path: 1 … 2^53-1. */
export function IdField(options: Documented & { example: number }): PropertyDecorator {
  const check = checks(false, `must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`);
  const schema = {
    type: 'integer',
    format: 'int64',
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    // Swagger UI fills it into its form; parameters that may be left out have none, or it would be sent unasked.
    example: options.example,
  };
  return applyDecorators(
    field('path', false, schema, options),
    converted(false, plainNumber(/^\d{1,16}$/)),
    IsInt(check),
    Min(1, check),
    Max(Number.MAX_SAFE_INTEGER, check),
  );
}

/** The parameters that a class declares with the decorators above, its parents' first. */
export function fieldsOf(input: new () => object): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (let type: object | null = input; type; type = Object.getPrototypeOf(type) as object | null) {
    const own = (Reflect.getOwnMetadata(FIELDS, type) as Field[] | undefined) ?? [];
    for (const declared of own) if (!fields.has(declared.name)) fields.set(declared.name, declared);
  }
  return fields;
}

/** The OpenAPI parameters of a class, for a method that takes it. */
export function documentFields(input: new () => object): MethodDecorator[] {
  return [...fieldsOf(input).values()].map(
    ({ name, in: place, repeatable, required, schema, description }) => {
      if (place === 'path') return ApiParam({ name, description, schema });
      return repeatable
        ? ApiQuery({
            name,
            required: false,
            description,
            style: 'form',
            explode: true,
            schema: { type: 'array', items: schema, maxItems: MAX_REPEATS },
          })
        : ApiQuery({ name, required, description, schema });
    },
  );
}

function field(
  place: Field['in'],
  repeatable: boolean,
  schema: Schema,
  { description, required = false }: Documented & { required?: boolean },
): PropertyDecorator {
  return (target, name) => {
    const own = (Reflect.getOwnMetadata(FIELDS, target.constructor) as Field[] | undefined) ?? [];
    const declared = { name: String(name), in: place, repeatable, required, schema, description };
    Reflect.defineMetadata(FIELDS, [...own, declared], target.constructor);
  };
}

function converted(repeatable: boolean, convert: (text: string) => unknown): PropertyDecorator {
  const one = (value: unknown): unknown => (typeof value === 'string' ? convert(value) : value);
  return Transform(({ value }: { value: unknown }) => {
    if (!repeatable || value === undefined) return one(value);
    return Array.isArray(value) ? value.map(one) : [one(value)];
  });
}

function needs(need: Need | undefined): PropertyDecorator[] {
  if (need === undefined) return [];
  const needed = (value: unknown): string | undefined =>
    typeof need === 'string' ? need : Object.hasOwn(need, String(value)) ? need[String(value)] : undefined;
  return [
    ValidateBy({
      name: 'needs',
      validator: {
        validate: (value, args) => {
          const other = needed(value);
          return (
            other === undefined ||
            (args?.object as Record<string, unknown> | undefined)?.[other] !== undefined
          );
        },
        defaultMessage: (args) => `needs ${needed(args?.value)}`,
      },
    }),
  ];
}

function repeats(repeatable: boolean): PropertyDecorator[] {
  return repeatable
    ? [ArrayMaxSize(MAX_REPEATS, { message: `may be given up to ${MAX_REPEATS} times` })]
    : [];
}

function plainNumber(form: RegExp): (text: string) => unknown {
  return (text) => (form.test(text) ? Number(text) : text);
}

function checks(repeatable: boolean, message: string) {
  return {
    each: repeatable,
    message: ({ value }: ValidationArguments) =>
      !repeatable && Array.isArray(value) ? 'must be given only once' : message,
  };
}
