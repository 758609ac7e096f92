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
import { fieldsOf, neededBy, readField } from './fields.js';
import { type Fault, InvalidBody, InvalidParameters } from './problem.js';

class RawInput {
  constructor(
    readonly path: Readonly<Record<string, unknown>>,
    readonly query: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * The path and query parameters of an operation as one validated object, so that all their faults are told at
 * once. An operation without parameters takes `NoInput`.
 */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext): RawInput => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return new RawInput(request.params as Record<string, unknown>, request.query as Record<string, unknown>);
});

/** An operation without parameters: every one is refused. */
export class NoInput {}

/** Checks what handlers are given: parameters (400) and bodies (422) against their classes. */
export class InputPipe implements PipeTransform {
  readonly #body = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => new InvalidBody(faultsOf(errors)),
  });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body') {
      if (!isReasonable(value)) throw new InvalidBody([{ field: 'body', message: UNREASONABLE }]);
      const inherited = inheritedNames(value);
      if (inherited.length > 0) throw new InvalidBody(inherited.map(unknownField));
      return this.#body.transform(value, metadata);
    }
    return value instanceof RawInput ? checkParameters(value, metadata.metatype as Type<object>) : value;
  }
}

const MAX_DEPTH = 5;
const MAX_FIELDS = 100;
const UNREASONABLE = `must be an object of up to ${MAX_FIELDS} fields, ${MAX_DEPTH} levels deep`;

// What libraries go through field by field, and by recursion: neither may take long.
function isReasonable(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return depth > 0;
  if (depth === MAX_DEPTH || (depth === 0 && Array.isArray(value))) return false;
  const fields = Object.values(value);
  return fields.length <= MAX_FIELDS && fields.every((field) => isReasonable(field, depth + 1));
}

// Of every object: class-transformer and class-validator take them for known ones.
function inheritedNames(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    name in Object.prototype ? path + name : inheritedNames(field, `${path}${name}.`),
  );
}

const unknownField = (field: string): Fault => ({ field, message: 'is not a known field' });

/** @throws InvalidParameters with all faults, those of unknown parameters last */
function checkParameters({ path, query }: RawInput, type: Type<object>): object {
  const fields = fieldsOf(type);
  const input = new type() as Record<string, unknown>;
  const faults: Fault[] = [];
  for (const field of fields.values()) {
    const given = (field.in === 'path' ? path : query)[field.name];
    const read =
      given === undefined ? (field.required ? readField(field, '') : undefined) : readField(field, given);
    if (!read) continue;
    if ('fault' in read) faults.push({ field: field.name, message: read.fault });
    else {
      input[field.name] = read.value;
      const needed = neededBy(field, read.value);
      if (needed !== undefined && query[needed] === undefined)
        faults.push({ field: field.name, message: `needs ${needed}` });
      if (field.excludes !== undefined && query[field.excludes] !== undefined)
        faults.push({ field: field.name, message: `can not be given together with ${field.excludes}` });
    }
  }
  for (const name of Object.keys(query)) {
    // By name in a map: `__proto__` and `constructor` are refused like any other unknown one.
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
    // Several rules of a field share one sentence: it is said once.
    return [...own.slice(0, 1), ...faultsOf(children, `${field}.`)];
  });
}
