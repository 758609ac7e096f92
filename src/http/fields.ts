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
  MaxLength,
  Min,
  type ValidationArguments,
} from 'class-validator';

// One decorator a parameter: how its text becomes a value, what it must be, and how it is documented. Parameters
// are texts, so they are converted by strict rules first; what can't be converted stays text and fails the check.

interface Documented {
  description: string;
}
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
  description: string;
  schema: Schema;
}

const FIELDS = Symbol('fields');
const MAX_REPEATS = 50;

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
export function DecimalField(options: Numeric): PropertyDecorator {
  const { min, max } = options;
  const check = checks(false, `must be a number from ${min} to ${max}, such as 72 or 72.5`);
  return applyDecorators(
    field('query', false, { type: 'number', minimum: min, maximum: max }, options),
    converted(false, plainNumber(/^-?\d{1,15}(\.\d{1,15})?$/)),
    IsOptional(),
    IsNumber({}, check),
    Min(min, check),
    Max(max, check),
  );
}

/** One of a few words. */
export function WordField(
  options: Documented & { words: readonly string[]; default?: string; repeatable?: boolean },
): PropertyDecorator {
  const { words, repeatable = false } = options;
  return applyDecorators(
    field('query', repeatable, { type: 'string', enum: [...words], default: options.default }, options),
    converted(repeatable, (text) => text),
    IsOptional(),
    ...repeats(repeatable),
    IsIn([...words], checks(repeatable, `must be one of ${words.join(', ')}`)),
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

/** Free text that is not blank. */
export function TextField(
  options: Documented & { maxLength: number; repeatable?: boolean },
): PropertyDecorator {
  const { maxLength, repeatable = false } = options;
  const check = checks(repeatable, `must be a text of 1 to ${maxLength} characters that is not blank`);
  return applyDecorators(
    field('query', repeatable, { type: 'string', minLength: 1, maxLength }, options),
    converted(repeatable, (text) => (text.trim() === '' ? '' : text)),
    IsOptional(),
    ...repeats(repeatable),
    IsString(check),
    IsNotEmpty(check),
    MaxLength(maxLength, check),
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
  return [...fieldsOf(input).values()].map(({ name, in: place, repeatable, schema, description }) => {
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
      : ApiQuery({ name, required: false, description, schema });
  });
}

function field(place: Field['in'], repeatable: boolean, schema: Schema, doc: Documented): PropertyDecorator {
  return (target, name) => {
    const own = (Reflect.getOwnMetadata(FIELDS, target.constructor) as Field[] | undefined) ?? [];
    const declared = { name: String(name), in: place, repeatable, schema, description: doc.description };
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
