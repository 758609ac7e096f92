import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { isEmail, IsObject, IsOptional, ValidateBy, ValidateNested } from 'class-validator';
import { DateTime } from 'luxon';
import { isBlank } from '../text/visible.js';

// One decorator a field: what it must be, said in one sentence, and how it is documented.

interface Described {
  description?: string;
  example: string | number;
  /** May be left out, or null. */
  optional?: true;
}
interface TextOptions extends Described {
  minLength?: number;
  /** Characters. */
  maxLength: number;
  pattern?: RegExp;
  format?: 'email' | 'password';
  /** What it must be, in words. */
  must: string;
}

/** A text as it was typed. */
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

/** A text for people to read: something to see, no blanks around it, accents in one form, nothing that is no character. */
export function ProseProperty(
  options: Described & { maxLength: number; /** Of UTF-8. */ maxBytes?: number },
): PropertyDecorator {
  const { maxLength, maxBytes = Infinity, optional, ...documented } = options;
  const isProse = (value: unknown): boolean =>
    typeof value === 'string' &&
    isWithin(value, 1, maxLength) &&
    Buffer.byteLength(value) <= maxBytes &&
    !isBlank(value) &&
    !/[\0\uFFFD]/.test(value);
  const most = maxBytes === Infinity ? '' : `, in ${maxBytes} bytes`;
  return applyDecorators(
    ApiProperty({ ...documented, ...presence(optional), type: 'string', minLength: 1, maxLength }),
    // What is far too long is refused as it is: normalising some texts takes time by the square of their length.
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && value.length <= 2 * maxLength ? value.trim().normalize('NFC') : value,
    ),
    ...rule(`a text of 1 to ${maxLength} characters${most}, at least one of them visible`, isProse, optional),
  );
}

export function NumberProperty(
  options: Described & { min: number; max: number; whole?: true; format?: 'int64' },
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

/** One of a few words. */
export function WordProperty(options: Described & { words: readonly string[] }): PropertyDecorator {
  const { words, optional, ...documented } = options;
  return applyDecorators(
    ApiProperty({ ...documented, ...presence(optional), type: 'string', enum: [...words] }),
    ...rule(`one of ${words.join(', ')}`, (value) => words.includes(value as string), optional),
  );
}

const MOMENT =
  /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** A moment of RFC 3339, since the year 1000: older ones the database can not keep. */
export function MomentProperty(options: Described): PropertyDecorator {
  const { optional, ...documented } = options;
  const isMoment = (value: unknown): boolean =>
    typeof value === 'string' &&
    MOMENT.test(value) &&
    // Which days there are, luxon knows; Date takes the 30th of February for another one.
    DateTime.fromISO(value.toUpperCase()).isValid &&
    new Date(value.toUpperCase()).getUTCFullYear() >= 1_000;
  return applyDecorators(
    ApiProperty({ ...documented, ...presence(optional), type: 'string', format: 'date-time' }),
    ...rule('a time of RFC 3339, such as 2026-05-01T10:00:00Z', isMoment, optional),
  );
}

/** An object with rules of its own. */
export function ObjectProperty(
  type: new () => object,
  { optional, description }: Pick<Described, 'optional' | 'description'>,
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
  // Libraries throw at half a surrogate pair, and the database keeps another character instead.
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

// A character beyond the basic plane is one, though it takes two places.
function isWithin(text: string, min: number, max: number): boolean {
  const length = text.length > max ? [...text].length : text.length;
  return length >= min && length <= max;
}
