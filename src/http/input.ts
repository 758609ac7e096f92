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
import { fieldsOf } from './fields.js';
import { type Fault, InvalidBody, InvalidParameters } from './problem.js';

class RawInput {
  constructor(
    readonly path: Readonly<Record<string, unknown>>,
    readonly query: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * The path and query parameters of an operation as one validated object, so that all their faults are told at
 * once. An operation without parameters takes an empty class: then every parameter is refused.
 */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext): RawInput => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return new RawInput(request.params as Record<string, unknown>, request.query as Record<string, unknown>);
});

/** Checks what handlers are given: parameters (400) and bodies (422) against their classes. */
export class InputPipe implements PipeTransform {
  readonly #parameters = new ValidationPipe({
    transform: true,
    validateCustomDecorators: true,
    exceptionFactory: (errors) => new InvalidParameters(faultsOf(errors)),
  });
  readonly #body = new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => new InvalidBody(faultsOf(errors)),
  });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body') return this.#body.transform(value, metadata);
    if (!(value instanceof RawInput)) return value;
    return this.#checkParameters(value, metadata);
  }

  async #checkParameters({ path, query }: RawInput, metadata: ArgumentMetadata): Promise<unknown> {
    const fields = fieldsOf(metadata.metatype as Type<object>);
    const known: Record<string, unknown> = { ...path };
    const unknown: Fault[] = [];
    for (const [name, value] of Object.entries(query)) {
      // By name in a map: `__proto__` and `constructor` are refused like any other unknown one.
      if (fields.get(name)?.in === 'query') known[name] = value;
      else unknown.push({ field: name, message: 'is not a parameter of this operation' });
    }
    try {
      const input: unknown = await this.#parameters.transform(known, metadata);
      if (unknown.length === 0) return input;
    } catch (error) {
      if (!(error instanceof InvalidParameters)) throw error;
      throw new InvalidParameters([...(error.options.errors ?? []), ...unknown]);
    }
    throw new InvalidParameters(unknown);
  }
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
