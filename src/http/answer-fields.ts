import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

// Document the fields of answers with their limits. They check nothing.

interface AnswerField {
  description?: string;
  example?: unknown;
  /** The field may be null. */
  null?: true;
  /** The field may be absent. */
  optional?: true;
}

const REQUIRED = new WeakMap<object, readonly string[]>();

const field =
  ({ null: isNullable, optional, ...options }: AnswerField, schema: object): PropertyDecorator =>
  (target, key) => {
    if (!optional) REQUIRED.set(target, [...(REQUIRED.get(target) ?? []), String(key)]);
    ApiProperty({
      ...options,
      ...(isNullable && { nullable: true }),
      ...(optional && { required: false }),
      ...schema,
    })(target, key);
  };

/** The names of the fields that are never absent, in the order of the class. */
export const requiredFieldsOf = (type: Type<object>): readonly string[] =>
  REQUIRED.get(type.prototype as object) ?? [];

/** A whole number, from 0 to 2^53-1 unless other limits are given. */
export const Int = ({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
  ...options
}: AnswerField & { min?: number; max?: number } = {}): PropertyDecorator =>
  field(options, { type: 'integer', minimum: min, maximum: max });

/** An id of the database. */
export const Id = (options: AnswerField = {}): PropertyDecorator => Int({ min: 1, example: 42, ...options });

/** A number with a fraction. */
export const Decimal = ({
  min,
  max,
  ...options
}: AnswerField & { min?: number; max?: number }): PropertyDecorator =>
  field(options, { type: 'number', minimum: min, maximum: max });

/** A text of up to `maxLength` characters. */
export const Text = ({
  maxLength,
  format,
  ...options
}: AnswerField & { maxLength: number; format?: 'email' }): PropertyDecorator =>
  field(options, { type: 'string', maxLength, format });

/** One of a list of words. openapi.ts names the lists that several fields have. */
export const Word = ({ words, ...options }: AnswerField & { words: readonly string[] }): PropertyDecorator =>
  field(options, { type: 'string', enum: [...words] });

/** A time in UTC (RFC 3339). */
export const Time = (options: AnswerField = {}): PropertyDecorator =>
  field(
    { example: '2026-05-01T10:00:00Z', ...options },
    { type: 'string', format: 'date-time', maxLength: 30 },
  );

/** A calendar day in UTC, `YYYY-MM-DD`. */
export const Day = (options: AnswerField = {}): PropertyDecorator =>
  field({ example: '2026-11-22', ...options }, { type: 'string', format: 'date', maxLength: 10 });

/** A calendar month in UTC, `YYYY-MM`. */
export const Month = (options: AnswerField = {}): PropertyDecorator =>
  field(
    { example: '2026-11', ...options },
    { type: 'string', pattern: String.raw`^\d{4}-\d\d$`, maxLength: 7 },
  );

/** `true` or `false`. */
export const Flag = (options: AnswerField = {}): PropertyDecorator => field(options, { type: 'boolean' });

/** A nested object. */
export const Nested = (type: Type<object>, options: AnswerField = {}): PropertyDecorator =>
  field(options, { type });

/** A list of ids of the database. */
export const Ids = ({ maxItems, ...options }: AnswerField & { maxItems: number }): PropertyDecorator =>
  field(options, {
    type: 'array',
    maxItems,
    items: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  });

/** A list of words, each at most once. */
export const Words = ({ words, ...options }: AnswerField & { words: readonly string[] }): PropertyDecorator =>
  field(options, { type: 'array', maxItems: words.length, items: { type: 'string', enum: [...words] } });
/** A list of texts. */
export const Texts = ({
  maxItems,
  maxLength,
  ...options
}: AnswerField & { maxItems: number; maxLength: number }): PropertyDecorator =>
  field(options, { type: 'array', maxItems, items: { type: 'string', maxLength } });
/** A list of numbers of a fixed length. */
export const Decimals = ({ length, ...options }: AnswerField & { length: number }): PropertyDecorator =>
  field(options, { type: 'array', minItems: length, maxItems: length, items: { type: 'number' } });

/** A list of objects. */
export const List = (
  type: Type<object>,
  { maxItems, ...options }: AnswerField & { maxItems: number },
): PropertyDecorator => field(options, { type: [type], maxItems });
