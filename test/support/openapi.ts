import { expect } from '@jest/globals';

/** The part of JSON Schema that the document of the service uses. */
export interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  example?: unknown;
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  pattern?: string;
}

/** The document with the targets of all references in their place. No schema of the service refers to itself. */
export function resolved<Document extends object>(document: Document): Document {
  const resolve = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(resolve);
    const { $ref, ...rest } = node as Record<string, unknown>;
    const own = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, resolve(value)]));
    return typeof $ref === 'string' ? { ...(resolve(targetOf(document, $ref)) as object), ...own } : own;
  };
  return resolve(document) as Document;
}

function targetOf(document: object, reference: string): unknown {
  const keys = reference.slice('#/'.length).split('/');
  const target = keys.reduce<unknown>(
    (node, key) => (node as Record<string, unknown> | undefined)?.[key],
    document,
  );
  if (target === undefined) throw new Error(`${reference} refers to nothing`);
  return target;
}

/** Builds a body from the examples of its fields. */
export const exampleOf = ({ properties = {} }: Schema): object =>
  Object.fromEntries(Object.entries(properties).map(([name, { example }]) => [name, example]));

/** A small JSON Schema check: only documented keys, all required keys, correct types and limits. */
export function expectShape(value: unknown, schema: Schema, at: string): void {
  if (schema.anyOf) {
    const choice = schema.anyOf.find(({ type }) => (type === 'null') === (value === null));
    return expectShape(value, choice ?? {}, at);
  }
  if (schema.enum) expect([at, schema.enum]).toEqual([at, expect.arrayContaining([value])]);
  if ('const' in schema) expect([at, value]).toEqual([at, schema.const]);
  const types = [schema.type ?? []].flat();
  const actual = typeOf(value, types);
  if (types.length > 0) expect([at, types]).toEqual([at, expect.arrayContaining([actual])]);
  if (typeof value === 'number') {
    expect([at, value]).toEqual([at, Math.max(value, schema.minimum ?? value)]);
    expect([at, value]).toEqual([at, Math.min(value, schema.maximum ?? value)]);
  }
  if (typeof value === 'string')
    expect([at, value.length <= (schema.maxLength ?? Infinity)]).toEqual([at, true]);
  if (Array.isArray(value)) {
    expect([at, value.length <= (schema.maxItems ?? Infinity)]).toEqual([at, true]);
    value.forEach((item, i) => expectShape(item, schema.items!, `${at}[${i}]`));
  }
  if (actual === 'object' && schema.properties) {
    const keys = Object.keys(value as object);
    expect([at, keys.filter((key) => !(key in schema.properties!))]).toEqual([at, []]);
    expect([at, (schema.required ?? []).filter((key) => !keys.includes(key))]).toEqual([at, []]);
    for (const key of keys)
      expectShape((value as Record<string, unknown>)[key], schema.properties[key]!, `${at}.${key}`);
  }
}

function typeOf(value: unknown, types: readonly string[]): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return types.includes('integer') && Number.isInteger(value) ? 'integer' : typeof value;
}
