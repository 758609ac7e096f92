import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { isEmail, IsObject, IsOptional, ValidateBy, ValidateNested } from 'class-validator';
import { DateTime } from 'luxon';
import { hasLongMarkRun, isBlank } from '../text/visible.js';

// One decorator per body field. It validates the value, gives the error message and documents the field in OpenAPI.

interface FieldOptions {
  description?: string;
  example: string | number;
  /** The field may be absent or null. */
  optional?: true;
}
interface TextOptions extends FieldOptions {
  minLength?: number;
  /** Characters. */
  maxLength: number;
  pattern?: RegExp;
  format?: 'email' | 'password';
  /** Completes the error message "must be …". */
  must: string;
}

/** A text that is stored exactly as it was sent. */
export function TextProperty(options: TextOptions): PropertyDecorator {
  const { minLength = 1, maxLength, pattern, format, must, optional, ...documented } = options;
  const isText = (value: unknown): boolean =>
    typeof value === 'string' &&
    isWithin(value, minLength, maxLength) &&
    (pattern?.test(value) ?? true) &&
    (format !== 'email' || isEmail(value));
  return applyDecorators(
    ApiProperty({
      ...documented,
      ...presence(optional),
      type: 'string',
      minLength,
      maxLength,
      pattern: pattern?.source,
      format,
    }),
    ...rule(must, isText, optional),
  );
}

/**
 * A text for people to read. It is trimmed and normalised to NFC. It must have a visible character and neither NUL nor U+FFFD.
 */
export function ProseProperty(
  options: FieldOptions & { maxLength: number; /** Length in UTF-8. */ maxBytes?: number },
): PropertyDecorator {
  const { maxLength, maxBytes = Infinity, optional, ...documented } = options;
  const isProse = (value: unknown): boolean =>
    typeof value === 'string' &&
    isWithin(value, 1, maxLength) &&
    Buffer.byteLength(value) <= maxBytes &&
    !isBlank(value) &&
    !hasLongMarkRun(value) &&
    !/[\0\uFFFD]/.test(value);
  const byteLimit = maxBytes === Infinity ? '' : `, in ${maxBytes} bytes`;
  return applyDecorators(
    ApiProperty({ ...documented, ...presence(optional), type: 'string', minLength: 1, maxLength }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && !hasLongMarkRun(value) ? value.trim().normalize('NFC') : value,
    ),
    ...rule(
      `a text of 1 to ${maxLength} characters${byteLimit}, at least one of them visible, at most 30 combining marks in a row`,
      isProse,
      optional,
    ),
  );
}

export function NumberProperty(
  options: FieldOptions & { min: number; max: number; whole?: true; format?: 'int64' },
): PropertyDecorator {
  const { min, max, whole, optional, ...documented } = options;
  const isNumber = (value: unknown): boolean =>
    typeof value === 'number' && value >= min && value <= max && (!whole || Number.isSafeInteger(value));
  return applyDecorators(
    ApiProperty({
      ...documented,
      ...presence(optional),
      type: whole ? 'integer' : 'number',
      minimum: min,
      maximum: max,
    }),
    ...rule(`a ${whole ? 'whole ' : ''}number from ${min} to ${max}`, isNumber, optional),
  );
}

/** One word of a fixed list. */
export function WordProperty(options: FieldOptions & { words: readonly string[] }): PropertyDecorator {
  const { words, optional, ...documented } = options;
  return applyDecorators(
    ApiProperty({ ...documented, ...presence(optional), type: 'string', enum: [...words] }),
    ...rule(`one of ${words.join(', ')}`, (value) => words.includes(value as string), optional),
  );
}

const RFC_3339_TIME =
  /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** An RFC 3339 time from the year 1000 on: the database cannot store older ones. */
export function DateTimeProperty(options: FieldOptions): PropertyDecorator {
  const { optional, ...documented } = options;
  const isTime = (value: unknown): boolean =>
    typeof value === 'string' &&
    RFC_3339_TIME.test(value) &&
    // Luxon refuses the 30th of February; `Date` reads it as a day in March.
    DateTime.fromISO(value.toUpperCase()).isValid &&
    new Date(value.toUpperCase()).getUTCFullYear() >= 1_000;
  return applyDecorators(
    ApiProperty({ ...documented, ...presence(optional), type: 'string', format: 'date-time' }),
    ...rule('a time of RFC 3339, such as 2026-05-01T10:00:00Z', isTime, optional),
  );
}

/** A nested object, validated by the rules of its class. */
export function ObjectProperty(
  type: new () => object,
  { optional, description }: Pick<FieldOptions, 'optional' | 'description'>,
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: () => type, ...presence(optional), description }),
    ...(optional ? [IsOptional()] : []),
    IsObject({ message: 'must be an object' }),
    ValidateNested({ message: 'must be an object' }),
    Type(() => type),
  );
}

const presence = (optional: true | undefined) => ({ required: !optional, nullable: optional });

function rule(
  must: string,
  validate: (value: unknown) => boolean,
  optional: true | undefined,
): PropertyDecorator[] {
  // For half of a surrogate pair, some libraries throw and the database stores another character.
  const isBroken = (value: unknown): boolean => typeof value === 'string' && !value.isWellFormed();
  const check = ValidateBy(
    { name: 'rule', validator: { validate: (value) => !isBroken(value) && validate(value) } },
    {
      message: ({ value }) =>
        isBroken(value)
          ? 'must be well-formed Unicode: it has half of a surrogate pair'
          : `must be ${must}${optional ? ', or null' : ''}`,
    },
  );
  return optional ? [IsOptional(), check] : [check];
}

// Counts code points: a character beyond the basic plane has two UTF-16 units and counts once.
function isWithin(text: string, min: number, max: number): boolean {
  const length = text.length > max ? [...text].length : text.length;
  return length >= min && length <= max;
}
