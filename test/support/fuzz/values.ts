import fc from 'fast-check';
import type { Schema } from '../openapi.js';
import type { KnownValues } from './known-values.js';

const MAX_TEXT = 60;

/** Parts of texts that break parsers, columns, patterns and logs. */
export const HOSTILE_TEXTS = [
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e\u2066',
  '\u200b',
  'é\u0301',
  '👩‍👩‍👧‍👦',
  '𝒳',
  'İı',
  'ﬃ',
  '\r\nX-Injected: 1',
  '\t',
  "' or 1=1 -- ",
  '`; drop table property; --',
  '%00',
  '%',
  '_',
  '\\',
  '${7*7}{{7*7}}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '=1+1',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  'Infinity',
  'null',
  'undefined',
  'true',
  '0x10',
  '1e3',
  '1e400',
  '-0',
  '+1',
  ' 1',
  '1 ',
  '1,5',
  '١',
  '１',
  '',
  ' ',
  '(((((((((("',
  '+-*<>~@"',
  'x'.repeat(300),
  'é'.repeat(1_000),
] as const;

const HOSTILE_NUMBERS = [
  0,
  -0,
  -1,
  0.5,
  1e21,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 63,
  2 ** 64,
  -(2 ** 31) - 1,
  -(2 ** 63),
  Number.MAX_VALUE,
  Number.MIN_VALUE,
] as const;

const typesOf = ({ type }: Schema): string[] => [type ?? []].flat();
const exampleOf = (schema: Schema): unknown[] => [
  ...('example' in schema ? [schema.example] : []),
  ...((schema as { examples?: unknown[] }).examples ?? []),
];

/** Makes values for schemas. `name` is the name of the field. */
export class Values {
  constructor(private readonly known: KnownValues) {}

  /** A value that the schema allows, if the document says all. */
  valid(schema: Schema, name: string): fc.Arbitrary<unknown> {
    if ('const' in schema) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((choice) => this.valid(choice, name)));
    const { allOf } = schema as { allOf?: Schema[] };
    if (allOf) return this.valid(Object.assign({}, ...allOf) as Schema, name);
    const types = typesOf(schema);
    const made = fc.oneof(
      ...(types.length > 0 ? types : ['null']).map((type) => this.#ofType(type, schema, name)),
    );
    if (types.includes('object') || types.includes('array')) return made;
    const examples = exampleOf(schema);
    return fc.oneof(
      made,
      { arbitrary: examples.length > 0 ? fc.constantFrom(...examples) : made, weight: 2 },
      { arbitrary: this.#knownOr(name, made), weight: 2 },
    );
  }

  #knownOr(name: string, other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
    return fc.tuple(fc.nat(), other).map(([n, made]) => this.known.pick(name, n) ?? made);
  }

  #ofType(type: string, schema: Schema, name: string): fc.Arbitrary<unknown> {
    const {
      minimum = -1e6,
      maximum = 1e6,
      items = {},
      maxItems = 3,
      properties = {},
      required = [],
    } = schema;
    switch (type) {
      case 'integer':
        return fc.oneof(
          fc.integer({ min: minimum, max: maximum }),
          fc.integer({ min: minimum, max: Math.min(maximum, minimum + 100) }),
        );
      case 'number':
        return fc.double({ min: minimum, max: maximum, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'array':
        return fc.array(this.valid(items, name), { maxLength: Math.min(maxItems, 4) });
      case 'object':
        return fc.record(
          Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, this.valid(field, key)])),
          { requiredKeys: required },
        );
      case 'string':
        return text(schema);
      default:
        return fc.constant(null);
    }
  }

  /** A value just outside the schema, or inside it in an unusual form. */
  nearlyValid(schema: Schema, name: string): fc.Arbitrary<unknown> {
    const { minimum, maximum, maxLength, maxItems, properties, items, anyOf } = schema;
    if (anyOf) return fc.oneof(...anyOf.map((choice) => this.nearlyValid(choice, name)));
    const choices: fc.Arbitrary<unknown>[] = [
      fc.constantFrom<unknown>(null, '', [], {}, true, 0, '0'),
      fc.constantFrom(...HOSTILE_TEXTS),
      this.valid(schema, name).map((value) => [value]),
      this.valid(schema, name).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
    ];
    const add = (choice: fc.Arbitrary<unknown>): number => choices.push(choice, choice);
    if (minimum !== undefined) add(fc.constantFrom(minimum, minimum - 1, minimum - 0.001));
    if (maximum !== undefined) add(fc.constantFrom(maximum, maximum + 1, maximum + 0.001));
    if (typesOf(schema).some((type) => type === 'integer' || type === 'number'))
      add(fc.constantFrom(...HOSTILE_NUMBERS));
    if (typesOf(schema).includes('string') || schema.enum) add(this.valid(schema, name).chain(mutatedText));
    if (maxLength !== undefined && maxLength < 100_000)
      add(fc.constantFrom('x', 'é', '𝒳').map((letter) => letter.repeat(maxLength + 1)));
    if (items && maxItems) {
      add(this.valid(items, name).map((item) => Array.from({ length: maxItems + 1 }, () => item)));
      add(fc.array(this.nearlyValid(items, name), { minLength: 1, maxLength: 2 }));
    }
    if (properties && Object.keys(properties).length > 0) {
      choices.length = 2;
      const changed = fc
        .constantFrom(...Object.keys(properties))
        .chain((key) =>
          fc
            .tuple(this.valid(schema, name), this.nearlyValid(properties[key]!, key))
            .map(([object, value]) => ({ ...(object as object), [key]: value })),
        );
      for (let i = 0; i < 6; i++) choices.push(changed);
      add(this.valid(schema, name).map((object) => ({ ...(object as object), colour: 'red' })));
      add(
        this.valid(schema, name).map((object) =>
          Object.fromEntries(Object.entries(object as object).slice(1)),
        ),
      );
    }
    return fc.oneof(...choices);
  }
}

function text(schema: Schema & { format?: string; minLength?: number }): fc.Arbitrary<unknown> {
  const { format, minLength = 0, maxLength = MAX_TEXT, pattern } = schema;
  if (format === 'uuid') return fc.uuid();
  if (format === 'email') return fc.emailAddress();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'date')
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, -14));
  if (pattern)
    return fc
      .stringMatching(new RegExp(pattern))
      .map((made) => made.slice(0, maxLength))
      .filter((made) => made.length >= minLength);
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, MAX_TEXT)) };
  return fc.oneof(
    fc.string(length),
    fc.string({ ...length, unit: 'grapheme' }),
    fc.string({ ...length, unit: 'binary' }),
  );
}

/** The text with one change: a part added, removed or repeated, or a number replaced. */
function mutatedText(value: unknown): fc.Arbitrary<string> {
  const original = String(value).slice(0, 10_000);
  return fc
    .tuple(fc.nat({ max: original.length }), fc.constantFrom(...HOSTILE_TEXTS), fc.nat({ max: 5 }))
    .map(([at, part, kind]) => {
      if (kind === 0) return original.slice(0, at) + original.slice(at + 1);
      if (kind === 1) return original.slice(0, at) + original.slice(Math.max(0, at - 3));
      if (kind === 2)
        return original.replace(/-?\d+(\.\d+)?/, String(HOSTILE_NUMBERS[at % HOSTILE_NUMBERS.length]));
      if (kind === 3) return at % 2 === 0 ? original.toUpperCase() : ` ${original} `;
      return original.slice(0, at) + part + original.slice(at);
    });
}
