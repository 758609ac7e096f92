import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Schema } from '../support/openapi.js';

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, object> }>>;
  components: { schemas: Record<string, Schema> };
}

let document: Document;
let text: string;

beforeAll(() => {
  document = JSON.parse(
    readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
  ) as Document;
  text = JSON.stringify(document);
});

/** Every object in the document that declares a type or lists words. */
function schemas(): [path: string, Schema][] {
  const found: [string, Schema][] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, enum: words } = node as Schema;
    if (typeof type === 'string' || Array.isArray(type) || Array.isArray(words)) found.push([path, node]);
    for (const [key, child] of Object.entries(node)) visit(child, `${path}/${key}`);
  };
  visit(document, '');
  return found;
}

const withType = (wanted: string): [path: string, Schema][] =>
  schemas().filter(([, { type }]) => [type ?? []].flat().includes(wanted));

describe('the document', () => {
  it('has less than 3,000 bytes per operation', () => {
    const operations = Object.values(document.paths).flatMap(Object.keys).length;
    expect(Buffer.byteLength(text)).toBeLessThan(3_000 * operations);
  });

  it('gives each integer a minimum and a maximum and no format, so that no generator makes a bigint of it', () => {
    expect(text).not.toContain('int64');
    for (const [path, schema] of withType('integer')) {
      const hasLimits = Number.isSafeInteger(schema.minimum) && Number.isSafeInteger(schema.maximum);
      expect([path, hasLimits]).toEqual([path, true]);
    }
  });

  it('gives each list a length, and each text a length or its words', () => {
    for (const [path, { maxItems }] of withType('array'))
      expect([path, Number.isInteger(maxItems)]).toEqual([path, true]);
    const texts = withType('string').filter(([path]) => !/content\/text~?\/?(csv|plain)/.test(path));
    for (const [path, schema] of texts)
      expect([path, Boolean(schema.maxLength ?? schema.enum ?? schema.const)]).toEqual([path, true]);
  });

  it('has each list of words once', () => {
    const lists = schemas().flatMap(([, schema]) => (schema.enum ? [schema.enum.join(' ')] : []));
    expect(new Set(lists).size).toBe(lists.length);
    expect(
      schemas().filter(([, schema]) => schema.enum?.includes(null) || schema.enum?.length === 1),
    ).toEqual([]);
  });

  it('has only patterns that need no flag', () => {
    const patterns = schemas().flatMap(([, { pattern }]) => pattern ?? []);
    expect(patterns.length).toBeGreaterThan(0);
    for (const pattern of patterns) expect(() => new RegExp(pattern)).not.toThrow();
    expect(schemas().filter(([, { pattern = '' }]) => pattern.includes('\\p{'))).toEqual([]);
  });

  it('has schema names that end in no Dto and that no type of a browser has', () => {
    const dom = readFileSync(fileURLToPath(import.meta.resolve('typescript/lib/lib.dom.d.ts')), 'utf8');
    const names = Object.keys(document.components.schemas);
    expect(names.filter((name) => name.endsWith('Dto'))).toEqual([]);
    const isOfBrowser = (name: string): boolean =>
      new RegExp(`^(interface|declare var|type) ${name}\\b`, 'm').test(dom);
    expect(isOfBrowser('Location')).toBe(true);
    expect(names.filter(isOfBrowser)).toEqual([]);
  });

  it('describes 304 in words: as a response without a body it would be an error type in generated clients', () => {
    const responses = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).flatMap((operation) => Object.keys(operation.responses)),
    );
    expect(responses).not.toContain('304');
    expect(text).toContain('answered with 304');
  });
});
