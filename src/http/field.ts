import type { Type } from '@nestjs/common';
import { ApiParam, ApiProperty, ApiQuery } from '@nestjs/swagger';

// The decorators in fields.ts declare these rules. class-validator would use a tenth of the CPU time of a list request.

// Classes, so that all fields have one shape: the engine reads such objects faster.
export class FieldOptions {
  description?: string;
  example?: string | number | boolean;
  /** The field must be given. Any other field may be absent, and in a body also null. */
  required?: true;
  // The options below are for query parameters.
  default?: string | number | boolean;
  repeatable?: boolean;
  maxRepeats?: number;
  /** Name of a parameter that must also be given: always, or per value of this parameter. */
  needs?: string | Readonly<Record<string, string>>;
  /** Name of a parameter that cannot be given together with this one. */
  excludes?: string;
}
/** A path parameter, a query parameter or a field of a body. */
export class Field extends FieldOptions {
  name: string;
  /** OpenAPI schema of one value. */
  schema: Record<string, unknown>;
  isInPath?: true;
  /** Converts the text of a parameter. The result may be invalid. */
  parse?: (text: string) => unknown;
  /** Changes the text of a body field before the check. */
  normalise?: (text: string) => string;
  accepts: (value: unknown) => boolean;
  /** Completes the error message "must …". */
  must: string;
  /** Ends the error message for a parameter. */
  parameterHint?: string;
  /** Checks an accepted text of a body against the fields before it. Returns an error message, or null. */
  check?: (text: string, body: Readonly<Record<string, unknown>>) => string | null;
  /** Class of a nested object, or of each object of a list. */
  objectType?: Type<object>;
}
export type FieldRule = Omit<Field, 'name' | keyof FieldOptions>;

// A static property of the class: it is inherited, and faster to read than metadata.
const FIELDS = Symbol('fields');
const DEFAULT_MAX_REPEATS = 50;

/** Adds a field to the class of the decorated property, and documents it for bodies. */
export function declareField(options: FieldOptions, rule: FieldRule): PropertyDecorator {
  return (target, key) => {
    const type = target.constructor as Type<object>;
    const field = Object.assign(new Field(), rule, options, { name: String(key) });
    Object.assign(type, { [FIELDS]: new Map(fieldsOf(type)).set(field.name, field) });
    const required = options.required ?? false;
    ApiProperty({ ...options, required, nullable: required ? undefined : true, ...rule.schema })(target, key);
  };
}

/** The declared fields of a class, its parents' first. */
export function fieldsOf(type: Type<object>): ReadonlyMap<string, Field> {
  return (type as { [FIELDS]?: ReadonlyMap<string, Field> })[FIELDS] ?? new Map<string, Field>();
}

/** Decorators that document the fields of a class as parameters. */
export function documentParameters(type: Type<object>): MethodDecorator[] {
  return [...fieldsOf(type).values()].map((field) => {
    const { name, description, required = false, repeatable, maxRepeats = DEFAULT_MAX_REPEATS } = field;
    // Swagger UI fills `example` into its form, but not `examples`: an optional parameter would be sent unasked.
    const { example } = field;
    const shown = example === undefined ? {} : required ? { example } : { examples: [example] };
    const schema = { ...field.schema, default: field.default, ...shown };
    if (field.isInPath) return ApiParam({ name, description, schema });
    return repeatable
      ? ApiQuery({
          name,
          required,
          description,
          schema: { type: 'array', items: schema, maxItems: maxRepeats },
        })
      : ApiQuery({ name, required, description, schema });
  });
}

/**
 * @param given the text from the router or the query parser; a list of texts when the parameter is repeated
 * @returns the value, or the error message
 */
export function readParameter(field: Field, given: unknown): { value: unknown } | { fault: string } {
  const { repeatable, maxRepeats = DEFAULT_MAX_REPEATS } = field;
  if (!Array.isArray(given)) {
    const value = readText(field, given as string);
    return value === undefined ? { fault: mustOf(field) } : { value: repeatable ? [value] : value };
  }
  if (!repeatable) return { fault: 'must be given only once' };
  if (given.length > maxRepeats) return { fault: `may be given up to ${maxRepeats} times` };
  const values = given.map((text) => readText(field, text as string));
  return values.includes(undefined) ? { fault: mustOf(field) } : { value: values };
}

/** @returns undefined for an invalid text */
function readText({ parse, accepts }: Field, text: string): unknown {
  const value = parse ? parse(text) : text;
  return accepts(value) ? value : undefined;
}

const mustOf = ({ must, parameterHint = '' }: Field): string => `must ${must}${parameterHint}`;

/** @returns the name of the parameter that this one, with this value, requires */
export function requiredWith({ needs }: Field, value: unknown): string | undefined {
  if (needs === undefined || typeof needs === 'string') return needs;
  return Object.hasOwn(needs, String(value)) ? needs[String(value)] : undefined;
}
