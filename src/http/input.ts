import {
  type ArgumentMetadata,
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
  ValidationPipe,
} from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { fieldsOf, requiredWith, readField } from './fields.js';
import { type Fault, InvalidBody, InvalidParameters } from './problem.js';

class RawInput {
  constructor(
    readonly path: Readonly<Record<string, unknown>>,
    readonly query: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * Injects the path and query parameters of an operation as one validated object; all faults are reported together. An
 * operation without parameters takes `NoInput`.
 */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext): RawInput => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return new RawInput(request.params as Record<string, unknown>, request.query as Record<string, unknown>);
});

/** The input of an operation without parameters: any query parameter is a 400. */
export class NoInput {}

/**
 * Validates the arguments of handlers against their classes.
 * @throws InvalidParameters (400) for path and query parameters
 * @throws InvalidBody (422) for bodies
 */
export class InputPipe implements PipeTransform {
  readonly #body = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => new InvalidBody(faultsOf(errors)),
  });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body') {
      if (!isWithinLimits(value)) throw new InvalidBody([{ field: 'body', message: BEYOND_LIMITS }]);
      const inherited = inheritedNames(value);
      if (inherited.length > 0) throw new InvalidBody(inherited.map(unknownField));
      return this.#body.transform(value, metadata);
    }
    return value instanceof RawInput ? checkParameters(value, metadata.metatype as Type<object>) : value;
  }
}

const MAX_DEPTH = 5;
const MAX_FIELDS = 100;
const BEYOND_LIMITS = `must be an object of up to ${MAX_FIELDS} fields, ${MAX_DEPTH} levels deep`;

// The validation libraries visit every field, recursively: the limits bound their time and stack.
function isWithinLimits(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return depth > 0;
  if (depth === MAX_DEPTH || (depth === 0 && Array.isArray(value))) return false;
  const fields = Object.values(value);
  return fields.length <= MAX_FIELDS && fields.every((field) => isWithinLimits(field, depth + 1));
}

// Names such as `constructor`, which every object inherits: class-transformer and class-validator accept them as known.
function inheritedNames(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    name in Object.prototype ? path + name : inheritedNames(field, `${path}${name}.`),
  );
}

const unknownField = (field: string): Fault => ({ field, message: 'is not a known field' });

/** @throws InvalidParameters with all faults; unknown parameters come last */
function checkParameters({ path, query }: RawInput, type: Type<object>): object {
  const fields = fieldsOf(type);
  const input = new type() as Record<string, unknown>;
  const faults: Fault[] = [];
  for (const field of fields.values()) {
    const given = (field.in === 'path' ? path : query)[field.name];
    const result =
      given === undefined ? (field.required ? readField(field, '') : undefined) : readField(field, given);
    if (!result) continue;
    if ('fault' in result) faults.push({ field: field.name, message: result.fault });
    else {
      input[field.name] = result.value;
      const required = requiredWith(field, result.value);
      if (required !== undefined && query[required] === undefined)
        faults.push({ field: field.name, message: `needs ${required}` });
      if (field.excludes !== undefined && query[field.excludes] !== undefined)
        faults.push({ field: field.name, message: `cannot be given together with ${field.excludes}` });
    }
  }
  for (const name of Object.keys(query)) {
    // `fields` is a Map, so `__proto__` and `constructor` are unknown names, too.
    if (fields.get(name)?.in !== 'query')
      faults.push({ field: name, message: 'is not a parameter of this operation' });
  }
  if (faults.length > 0) throw new InvalidParameters(faults);
  return input;
}

function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const field = parent + property;
    const own = Object.entries(constraints).map(([rule, message]) => ({
      field,
      message: rule === 'whitelistValidation' ? 'is not a known field' : message,
    }));
    // All rules of a field have the same message.
    return [...own.slice(0, 1), ...faultsOf(children, `${field}.`)];
  });
}
