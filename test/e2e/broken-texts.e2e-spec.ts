import { beforeAll, describe, expect, it } from '@jest/globals';
import { addUsers, signIn } from '../support/accounts.js';
import { ask } from '../support/client.js';
import { addProperty } from '../support/factories.js';
import { app, database, useApp } from '../support/suite.js';

interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string | string[];
  properties?: Record<string, Schema>;
  example?: unknown;
}
interface Document {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>;
  components: { schemas: Record<string, Schema> };
}

useApp();

let staff: Record<string, string>;
let id: number;
let document: Document;

beforeAll(async () => {
  await addUsers(database, ['ana'], { isStaff: true });
  staff = await signIn(app, 'ana');
  id = await addProperty(database);
  document = (await ask(app, '/openapi.json')).body as Document;
});

function resolve(schema: Schema): Schema {
  const [only] = schema.allOf ?? [];
  if (only) return resolve(only);
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : document.components.schemas[name]!;
}

/** The paths of all text fields, including nested ones, and a body built from the examples. */
function fieldsOf(schema: Schema, path: string[] = []): { texts: string[][]; body: Record<string, unknown> } {
  const texts: string[][] = [];
  const body: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const field = resolve(property);
    if (field.properties) {
      const inner = fieldsOf(field, [...path, name]);
      texts.push(...inner.texts);
      body[name] = inner.body;
      continue;
    }
    if ([field.type].flat().includes('string')) texts.push([...path, name]);
    body[name] = field.example;
  }
  return { texts, body };
}

function withValue(body: Record<string, unknown>, [name, ...rest]: string[], value: string): object {
  const inner = rest.length > 0 ? withValue(body[name!] as Record<string, unknown>, rest, value) : value;
  return { ...body, [name!]: inner };
}

describe('a text with half of a surrogate pair', () => {
  it('is a 422 in every text field of every body, and never a 500', async () => {
    let tried = 0;
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, { requestBody }] of Object.entries(operations)) {
        for (const [type, { schema }] of Object.entries(requestBody?.content ?? {})) {
          const { texts, body } = fieldsOf(resolve(schema));
          // This body has no text.
          const hasTexts = path !== '/v1/ranking/trust/{id}';
          expect([method, path, texts.length > 0]).toEqual([method, path, hasTexts]);
          for (const field of texts)
            for (const broken of ['\uD800', '\uD800@x.co', 'camila\uDC00x', 'a\uDC00\uD800@example.com']) {
              const { status, body: problem } = await ask(app, path.replace('{id}', String(id)), {
                method: method.toUpperCase(),
                payload: JSON.stringify(withValue(body, field, broken)),
                headers: { ...staff, 'content-type': type },
              });
              const fault = (problem.errors as { field: string; message: string }[]).find(
                (error) => error.field === field.join('.'),
              );
              expect([method, path, broken, status, fault?.message]).toEqual([
                method,
                path,
                broken,
                422,
                'must be well-formed Unicode: it has half of a surrogate pair',
              ]);
              tried++;
            }
        }
      }
    // Accounts have 7 text fields, creating and changing a property 7 each, a status 2.
    expect(tried).toBeGreaterThan(4 * 20);
  });

  it('is a 422 in a field name', async () => {
    const { status } = await ask(app, '/v1/auth/login', {
      method: 'POST',
      payload: '{"username":"a","password":"b","\\ud800":1,"x":{"\\udc00":"\\ud800"}}',
      headers: { 'content-type': 'application/json' },
    });
    expect(status).toBe(422);
  });

  it('is a 400 or 404 in a path or query', async () => {
    for (const bytes of ['%ED%A0%80', '%ED%A0%80%ED%B0%80', '%FF', '%C0%80']) {
      for (const query of ['q', 'city', 'cursor', 'status', bytes])
        expect((await ask(app, `/v1/properties?${query}=${bytes}`)).status).toBe(400);
      expect((await ask(app, `/v1/places?q=${bytes}`)).status).toBe(400);
      expect([400, 404]).toContain((await ask(app, `/v1/properties/${bytes}`)).status);
    }
  });
});
