import {
  type ArgumentMetadata,
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Field, fieldsOf, readParameter, requiredWith } from './field.js';
import { type Fault, InvalidBody, InvalidParameters, problemFor } from './problem.js';

class RawInput {
  constructor(
    readonly path: Readonly<Record<string, unknown>>,
    readonly query: Readonly<Record<string, unknown>>,
  ) {}
}

const RawInputArgument = createParamDecorator((_: unknown, context: ExecutionContext): RawInput => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return new RawInput(request.params as Record<string, unknown>, request.query as Record<string, unknown>);
});

const INPUT_CLASS = Symbol('input class');

/** Injects the path and query parameters of an operation as one validated object; all faults are reported together. */
export function Input(): ParameterDecorator {
  return (target, handler, index) => {
    const types = Reflect.getMetadata('design:paramtypes', target, handler!) as Type<object>[];
    Reflect.defineMetadata(INPUT_CLASS, types[index] ?? Object, target, handler!);
    RawInputArgument()(target, handler, index);
  };
}

/**
 * @returns the class of the handler's `@Input()`. A handler without one gets one more argument than it declares, so that the
 * pipe refuses every query parameter.
 */
export function inputClassOf(target: object, handler: string | symbol): Type<object> {
  if (!Reflect.hasMetadata(INPUT_CLASS, target, handler)) {
    const types = Reflect.getMetadata('design:paramtypes', target, handler) as unknown[];
    Input()(target, handler, types.length);
  }
  return Reflect.getMetadata(INPUT_CLASS, target, handler) as Type<object>;
}

/**
 * Validates the arguments of handlers against their classes.
 * @throws InvalidParameters (400) for path and query parameters
 * @throws InvalidBody (422) for bodies; ProblemError (400) when there is none
 */
export class InputPipe implements PipeTransform {
  transform(value: unknown, { type, metatype = Object }: ArgumentMetadata): unknown {
    const input = metatype as Type<object>;
    // Nest starts the pipes of all arguments at once. The body is read a step later, so that a 400 precedes a 422.
    if (type === 'body') return Promise.resolve().then(() => readBody(input, value));
    return value instanceof RawInput ? readParameters(input, value) : value;
  }
}

/**
 * Reads the parameters of a query that is not the request's own.
 * @throws InvalidParameters with all faults
 */
export function readQuery<T extends object>(type: Type<T>, query: Readonly<Record<string, unknown>>): T {
  return readParameters(type, { path: {}, query }) as T;
}

/** @throws InvalidParameters with all faults; unknown parameters come last */
function readParameters(type: Type<object>, { path, query }: RawInput): object {
  const fields = fieldsOf(type);
  const input = new type() as Record<string, unknown>;
  const faults: Fault[] = [];
  for (const field of fields.values()) {
    const { name } = field;
    const given = (field.isInPath ? path : query)[name];
    if (given === undefined && !field.required) continue;
    const result = readParameter(field, given ?? '');
    if ('fault' in result) {
      faults.push({ field: name, message: result.fault });
      continue;
    }
    input[name] = result.value;
    const other = requiredWith(field, result.value);
    if (other !== undefined && query[other] === undefined)
      faults.push({ field: name, message: `needs ${other}` });
    if (field.excludes !== undefined && query[field.excludes] !== undefined)
      faults.push({ field: name, message: `cannot be given together with ${field.excludes}` });
  }
  for (const name of Object.keys(query)) {
    // `fields` is a Map, so `__proto__` and `constructor` are unknown names, too.
    const field = fields.get(name);
    if (!field || field.isInPath) faults.push({ field: name, message: unknownParameter(name, fields) });
  }
  if (faults.length > 0) throw new InvalidParameters(faults);
  return input;
}

/** Many clients write `city[]=…` or `city[0]=…` for a list. */
function unknownParameter(name: string, fields: ReadonlyMap<string, Field>): string {
  const message = 'is not a parameter of this operation';
  const [, base = ''] = /^(\w+)\[.*\]$/.exec(name) ?? [];
  const field = fields.get(base);
  if (!field || field.isInPath) return message;
  return field.repeatable
    ? `${message}; repeat the name for several values: ${base}=A&${base}=B`
    : `${message}; use ${base}`;
}

const MAX_DEPTH = 5;
const MAX_FIELDS = 100;
const BEYOND_LIMITS = `must be an object of up to ${MAX_FIELDS} fields, ${MAX_DEPTH} levels deep`;

/**
 * @throws ProblemError (400) without a body
 * @throws InvalidBody with all faults; unknown fields come first
 */
export function readBody<T extends object>(type: Type<T>, body: unknown): T {
  if (body === undefined) throw problemFor(400, { errors: [{ field: 'body', message: 'is missing' }] });
  if (!isWithinLimits(body)) throw new InvalidBody([{ field: 'body', message: BEYOND_LIMITS }]);
  const faults: Fault[] = [];
  const object = readObject(type, body as Record<string, unknown>, '', faults);
  if (faults.length > 0) throw new InvalidBody(faults);
  return object as T;
}

// A body beyond the limits gets one fault instead of one per field.
function isWithinLimits(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return depth > 0;
  if (depth === MAX_DEPTH || (depth === 0 && Array.isArray(value))) return false;
  const fields = Object.values(value);
  return fields.length <= MAX_FIELDS && fields.every((field) => isWithinLimits(field, depth + 1));
}

function readObject(
  type: Type<object>,
  given: Readonly<Record<string, unknown>>,
  path: string,
  faults: Fault[],
): object {
  const fields = fieldsOf(type);
  const object = new type() as Record<string, unknown>;
  for (const name of Object.keys(given))
    if (!fields.has(name)) faults.push({ field: path + name, message: 'is not a known field' });
  for (const [name, field] of fields) {
    const { required, normalise, objectType } = field;
    const value = given[name];
    if (value === undefined && !required) continue;
    object[name] = typeof value === 'string' && normalise ? normalise(value) : value;
    if (value === null && !required) continue;
    const message = faultOf(field, object);
    if (message !== null) faults.push({ field: path + name, message });
    else if (objectType) {
      const read = (item: unknown, index = ''): object =>
        readObject(objectType, item as Record<string, unknown>, `${path}${name}${index}.`, faults);
      object[name] = Array.isArray(value) ? value.map((item, i) => read(item, `[${i}]`)) : read(value);
    }
  }
  return object;
}

function faultOf(field: Field, object: Readonly<Record<string, unknown>>): string | null {
  const { accepts, must, required, check, objectType } = field;
  const value = object[field.name];
  if (objectType) return accepts(value) ? null : `must ${must}`;
  // For half of a surrogate pair, some libraries throw and the database stores another character.
  if (typeof value === 'string' && !value.isWellFormed())
    return 'must be well-formed Unicode: it has half of a surrogate pair';
  if (!accepts(value)) return `must ${must}${required ? '' : ', or null'}`;
  return check?.(value as string, object) ?? null;
}
