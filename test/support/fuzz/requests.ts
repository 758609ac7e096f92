import fc from 'fast-check';
import type { Operation, Parameter } from './document.js';
import { headerTricks, hostileBody } from './tricks.js';
import type { Schema } from '../openapi.js';
import type { KnownValues } from './known-values.js';
import { memoised } from './memoised.js';
import { HOSTILE_TEXTS, Values } from './values.js';

/** How much of a request is right: all of it, all but one part, or by chance some of it. */
export type Level = 'valid' | 'nearly valid' | 'absurd';
export type Caller = 'staff' | 'user' | 'nobody' | 'broken';

export interface FuzzedRequest {
  operation: Operation;
  caller: Caller;
  method: string;
  url: string;
  headers: Record<string, string>;
  payload?: Buffer;
  /** The values that were sent: a check finds those that the document excludes. Undefined: the request is too odd to be checked. */
  parts?: { parameters: [Parameter, unknown][]; isUnknownAdded: boolean; body: unknown };
}

/** The request as a fault names it. */
export function describeRequest({ caller, method, url, headers, payload }: FuzzedRequest): string {
  const body = payload?.toString('latin1').slice(0, 500) ?? '';
  return `${caller}: ${method} ${url.slice(0, 400)} ${JSON.stringify(headers).slice(0, 400)} ${body}`;
}

const OTHER_METHODS = [
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'PURGE',
];
const ABSENT = Symbol('absent');

/** Makes requests for one operation of the document. */
export class Requests {
  readonly #values: Values;

  constructor(known: KnownValues) {
    this.#values = new Values(known);
  }

  of(operation: Operation, level: Level): fc.Arbitrary<FuzzedRequest> {
    const parts = operation.parameters.length + 3;
    return fc
      .record({
        wrong: fc.nat({ max: parts - 1 }),
        chance: fc.array(fc.nat({ max: 4 }), { minLength: parts, maxLength: parts }),
      })
      .chain(({ wrong, chance }) =>
        this.#withFaults(operation, (part) =>
          level === 'nearly valid' ? part === wrong : level === 'absurd' && chance[part]! < 2,
        ),
      );
  }

  /** @param isWrong whether a part is wrong: a parameter by its index, then the body, the headers, and the method with the query */
  #withFaults(operation: Operation, isWrong: (part: number) => boolean): fc.Arbitrary<FuzzedRequest> {
    const { parameters, requestBody } = operation;
    const last = parameters.length;
    const [mediaType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const { valid, near } = this.#bodies(content);
    return fc
      .record({
        values: fc.tuple(
          ...parameters.map((parameter, part) =>
            isWrong(part) ? this.#wrongParameter(parameter) : this.#parameter(parameter, parameters.length),
          ),
        ),
        body: isWrong(last) ? near : valid,
        bytes: isWrong(last)
          ? fc.option(hostileBody(content ? valid : fc.constant({})), { freq: 2 })
          : fc.constant(null),
        tricks: isWrong(last + 1) ? headerTricks : fc.constant({}),
        method: isWrong(last + 2)
          ? fc.constantFrom(operation.method, ...OTHER_METHODS)
          : fc.constant(operation.method),
        extra: isWrong(last + 2) ? extraQuery : fc.constant(null),
        caller: isWrong(last + 1)
          ? fc.constantFrom<Caller>('user', 'nobody', 'broken')
          : fc.constantFrom<Caller>('staff', 'staff', 'staff', 'user'),
      })
      .map(({ values, body, bytes, tricks, method, extra, caller }) => {
        const given = parameters.flatMap((parameter, i): [Parameter, unknown][] =>
          // An empty list is not sent.
          values[i] === ABSENT || [values[i]].flat().length === 0 ? [] : [[parameter, values[i]]],
        );
        const query = given
          .filter(([parameter]) => parameter.in === 'query')
          .flatMap(([{ name }, value]) =>
            [value].flat().map((item) => `${encode(name)}=${encode(textOf(item))}`),
          );
        if (extra !== null) query.push(extra);
        const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
          pathSegment(textOf(given.find(([parameter]) => parameter.name === name)?.[1])),
        );
        const json = body === ABSENT || body === undefined ? undefined : jsonOf(body);
        const payload = bytes ?? (json === undefined ? undefined : Buffer.from(json));
        const headers: Record<string, string> = {
          ...(payload && { 'content-type': mediaType ?? 'application/json' }),
          ...Object.fromEntries(
            given
              .filter(([parameter]) => parameter.in === 'header')
              .map(([{ name }, value]) => [name.toLowerCase(), headerText(textOf(value))]),
          ),
          ...tricks,
        };
        const isOdd = bytes !== null || method !== operation.method || Object.keys(tricks).length > 0;
        return {
          operation,
          caller,
          method,
          url: query.length > 0 ? `${path}?${query.join('&')}` : path,
          headers,
          payload,
          ...(!isOdd && {
            parts: {
              parameters: given,
              isUnknownAdded: extra !== null && /[^&?=]/.test(extra),
              body: json && (JSON.parse(json) as unknown),
            },
          }),
        };
      });
  }

  readonly #bodies = memoised((content: { schema: Schema } | undefined) => {
    if (!content) return { valid: fc.constant(ABSENT), near: fc.constantFrom<unknown>({}, null, 1) };
    const near = this.#values.nearlyValid(content.schema, 'body');
    return {
      valid: this.#values.valid(content.schema, 'body'),
      near: fc.oneof({ arbitrary: near, weight: 3 }, fc.anything()),
    };
  });

  readonly #parameter = memoised(({ name, required, schema }: Parameter, count: number) => {
    const value = this.#values.valid(schema, name);
    if (required) return value;
    // About two optional parameters at once: more leave no property to be found.
    return fc.oneof(
      { arbitrary: value, weight: 2 },
      { arbitrary: fc.constant<unknown>(ABSENT), weight: count },
    );
  });

  readonly #wrongParameter = memoised(({ name, schema, required }: Parameter) => {
    const near = this.#values.nearlyValid(schema, name);
    const missing = required ? fc.constant<unknown>(ABSENT) : near;
    const twice = this.#values.valid(schema, name).map((value) => [value, value].flat());
    return fc.oneof<fc.MaybeWeightedArbitrary<unknown>[]>(
      { arbitrary: near, weight: 3 },
      fc.constantFrom(...HOSTILE_TEXTS),
      missing,
      twice,
    );
  });
}

const extraQuery = fc.oneof(
  fc.constantFrom(
    'colour=red',
    '%',
    '%zz',
    '=',
    '&',
    '&&&',
    '__proto__=1',
    'constructor[prototype]=1',
    'limit[]=1',
    'limit=1&limit=2',
    '?',
    'a='.repeat(2_000),
    '%ff=%fe',
    '%00=1',
  ),
  fc.string({ maxLength: 20 }).map((text) => encode(text)),
);

/** Texts of parameters: objects as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? jsonOf(value) : String(value);
}

/** JSON of anything; a value that has none becomes null. */
function jsonOf(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? Number(each) : each)) ?? 'null'
    );
  } catch {
    return 'null';
  }
}

/** Percent-encodes the text as UTF-8, a lone surrogate as its three bytes, which are not UTF-8. */
function encode(text: string): string {
  return text.isWellFormed()
    ? encodeURIComponent(text)
    : text.replaceAll(/[^\w.~-]/gu, (letter) =>
        letter.isWellFormed() ? encodeURIComponent(letter) : '%ED%A0%80',
      );
}

/** An empty or a dot segment would make another path before the service sees it. */
function pathSegment(text: string): string {
  return /^\.{0,2}$/.test(text) ? '%00' : encode(text);
}

/** Removes the characters that Node refuses to send in a header. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}
