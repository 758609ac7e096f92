import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, isTimeZone, Matches, ValidateBy, ValidateNested } from 'class-validator';
import 'reflect-metadata';
import { isDelimiter } from './csv-dialect.js';
import { type DecimalMark, isDateFormat } from './read-values.js';
import { encodingOf } from './text-encoding.js';

type Scalar = string | number;

const isScalar = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

const isReplacement = (value: unknown): boolean =>
  Object(value) === value &&
  !Array.isArray(value) &&
  Object.values(value as object).every((word) => word === null || isScalar(word));

const isText = (value: unknown): boolean => typeof value === 'string';

const Required = (isValid: (value: unknown) => boolean, message: string): PropertyDecorator =>
  ValidateBy({ name: 'valid', validator: { validate: isValid } }, { message });

const Valid = (...rule: Parameters<typeof Required>): PropertyDecorator =>
  applyDecorators(IsOptional(), Required(...rule));

const ValidText = (isValid: (text: string) => boolean, message: string): PropertyDecorator =>
  Valid((value) => typeof value === 'string' && isValid(value), message);

const OneOf = (...words: readonly string[]): PropertyDecorator =>
  ValidText((text) => words.includes(text), `must be ${words.map((word) => `"${word}"`).join(' or ')}`);

/** Source of a field's values: a column or a constant. */
export class FieldSource {
  @Valid(isText, 'must be a text')
  column?: string;

  @Valid(isScalar, 'must be a text or a number')
  constant?: Scalar;

  /** Replaces texts of the file by values of the field; null: unknown. Other texts are read unchanged. */
  @Valid(isReplacement, 'must map each text of the file to a text, a number or null')
  values?: Record<string, Scalar | null>;

  /** Treats an unreadable value as unknown instead of rejecting the row. */
  @ValidText((text) => text === 'unknown', 'must be "unknown" or absent')
  unreadable?: 'unknown';
}

export class NumberSource extends FieldSource {
  /** Older form of `decimal`: true is "comma", false is "point". */
  @Valid((value) => typeof value === 'boolean', 'must be true or false')
  decimalComma?: boolean;

  @OneOf('point', 'comma')
  decimal?: DecimalMark;

  @Valid(Number.isFinite, 'must be a number')
  min?: number;

  @Valid(Number.isFinite, 'must be a number')
  max?: number;
}

export class DateSource extends FieldSource {
  @ValidText(
    isDateFormat,
    'must be a date format of luxon with year, month and day, such as M/d/yyyy h:mm:ss a',
  )
  format?: string;
}

export class ReferenceSource {
  /** Their values are joined by colons. A row with a blank value has no reference. */
  @Required(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
    'must be a list of column names',
  )
  columns: string[];
}

/** One photo a column, or several in one column. */
export class PhotosSource {
  @Valid(isText, 'must be a text')
  column?: string;

  @Valid((value) => Array.isArray(value) && value.every(isText), 'must be a list of column names')
  columns?: string[];

  @ValidText((text) => text !== '', 'must be a text such as ";"')
  separator?: string;

  @ValidText((text) => text === 'unknown', 'must be "unknown" or absent')
  unreadable?: 'unknown';
}

const Source = (type: new () => object): PropertyDecorator =>
  applyDecorators(
    Type(() => type),
    ValidateNested(),
    IsObject({
      message: ({ value }) =>
        value === undefined ? 'is missing' : 'must be an object such as {"column": "…"}',
    }),
  );
const OptionalSource = (type: new () => object): PropertyDecorator =>
  applyDecorators(IsOptional(), Source(type));

/** The fields of a listing. */
export class Fields {
  @Source(ReferenceSource) externalRef: ReferenceSource;
  @Source(FieldSource) city: FieldSource;
  @Source(NumberSource) price: NumberSource;
  @OptionalSource(FieldSource) address?: FieldSource;
  @OptionalSource(FieldSource) neighbourhood?: FieldSource;
  @OptionalSource(FieldSource) currency?: FieldSource;
  @OptionalSource(FieldSource) description?: FieldSource;
  @OptionalSource(NumberSource) year?: NumberSource;
  @OptionalSource(FieldSource) propertyType?: FieldSource;
  @OptionalSource(NumberSource) area?: NumberSource;
  @OptionalSource(NumberSource) bedrooms?: NumberSource;
  @OptionalSource(NumberSource) bathrooms?: NumberSource;
  @OptionalSource(NumberSource) parkingSpots?: NumberSource;
  @OptionalSource(NumberSource) stratum?: NumberSource;
  @OptionalSource(NumberSource) latitude?: NumberSource;
  @OptionalSource(NumberSource) longitude?: NumberSource;
  @OptionalSource(PhotosSource) photos?: PhotosSource;
  @OptionalSource(DateSource) createdAt?: DateSource;
  @OptionalSource(FieldSource) status?: FieldSource;
  @OptionalSource(DateSource) statusSince?: DateSource;
}

export type FieldName = keyof Fields;
export const FIELD_NAMES = Object.keys(new Fields()) as FieldName[];

/** The mapping from the columns of a file to the fields of a listing; see docs/import.md. */
export class ImportMap {
  /** Prefix of every reference. Absent without a mapping file: references are then stored unchanged. */
  @Matches(/^[\w.-]{1,64}$/, { message: 'must be a name of letters, digits, dots, hyphens and underscores' })
  source?: string;

  @OneOf('csv', 'ndjson')
  format?: 'csv' | 'ndjson';

  @ValidText(isDelimiter, 'must be a comma, a semicolon, a tab or a vertical bar')
  delimiter?: string;

  /** Encoding of a file without a byte order mark; UTF-8 if absent. */
  @ValidText(
    (label) => encodingOf(label) !== null,
    'must be "utf-8", "windows-1252", "latin1", "macintosh", "utf-16le" or "utf-16be"',
  )
  encoding?: string;

  /** Decimal mark of all fields that have no `decimal` of their own. */
  @OneOf('point', 'comma')
  decimal?: DecimalMark;

  @Valid(isTimeZone, 'must be a time zone such as America/Bogota')
  timezone?: string;

  @Source(Fields)
  fields: Fields;
}

/** The decimal mark that the source sets. */
export function decimalOf({ decimal, decimalComma }: NumberSource): DecimalMark | undefined {
  if (decimal || decimalComma === undefined || decimalComma === null) return decimal ?? undefined;
  return decimalComma ? 'comma' : 'point';
}

/** Any kind of source; settings of other kinds are absent. */
export type AnySource = FieldSource &
  Partial<ReferenceSource> &
  Pick<NumberSource, 'decimal' | 'decimalComma'> &
  Pick<PhotosSource, 'separator'>;

/** The mapped fields with their sources. */
export function sourcesOf({ fields }: Pick<ImportMap, 'fields'>): [FieldName, AnySource][] {
  const entries = Object.entries(fields) as [FieldName, AnySource | null | undefined][];
  return entries.flatMap(([field, source]) => (source ? [[field, source]] : []));
}

/** The columns that the mapping reads, each with its field. */
export function columnsOf(map: Pick<ImportMap, 'fields'>): { field: FieldName; column: string }[] {
  return sourcesOf(map).flatMap(([field, { column, columns = [] }]) =>
    [column ?? [], columns].flat().map((name) => ({ field, column: name })),
  );
}

/** Whether every listing must have the field. */
export function isRequired(field: FieldName): field is 'externalRef' | 'city' | 'price' {
  return field === 'externalRef' || field === 'city' || field === 'price';
}
