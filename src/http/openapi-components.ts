import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS_EXTENSION } from './operation.js';
import { Problem, ProblemError } from './problem.js';
import { PROBLEM_TYPES, type ProblemType, type ProblemTypeInfo } from './problem-types.js';
import { headerRefs, RESPONSE_HEADERS, type ResponseHeader } from './response-headers.js';

// Completes the document that Nest generates: what several operations share becomes a component.

type Json = Record<string, unknown>;
interface Operation extends Json {
  tags?: string[];
  parameters?: Json[];
  requestBody?: object;
  responses: Record<string, object>;
  security?: object[];
  [PROBLEMS_EXTENSION]?: ProblemType[];
}
interface Route {
  path: string;
  method: string;
  operation: Operation;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

export function routesOf(document: OpenAPIObject): Route[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method] as unknown as Operation | undefined;
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}

/** The problem types that each operation may answer with. */
function problemTypesOf({ path, method, operation }: Route): ProblemType[] {
  if (!path.startsWith('/v1')) return ['malformed-request'];
  const security = operation.security ?? [];
  const isTokenRequired =
    security.some((scheme) => 'bearer' in scheme) &&
    !security.some((scheme) => Object.keys(scheme).length === 0);
  return [
    'invalid-parameters',
    'malformed-request',
    ...(isTokenRequired ? (['not-signed-in', 'token-refused'] as const) : []),
    'not-acceptable',
    // A body that the operation does not need is read, too.
    ...(method === 'get' ? [] : (['body-too-large', 'unsupported-media-type'] as const)),
    ...(operation.requestBody ? (['invalid-body'] as const) : []),
    'too-many-requests',
    'internal-error',
    'unavailable',
    'service-busy',
    'too-demanding',
    ...(method === 'get' ? [] : (['read-only'] as const)),
    ...(operation[PROBLEMS_EXTENSION] ?? []),
  ];
}

/** Left out of the names of responses: each occurs in every response of its status. */
const UNNAMED: ReadonlySet<ProblemType> = new Set(['malformed-request', 'service-busy', 'too-demanding']);

/**
 * Adds the error responses of the operations: one component per combination of problem types with the same status, and one
 * example per problem type, with the path of the first operation that has it.
 */
export function addProblemResponses(document: OpenAPIObject): void {
  const responses = (document.components!.responses ??= {});
  const examples = (document.components!.examples ??= {});
  for (const route of routesOf(document)) {
    const byStatus = Map.groupBy(problemTypesOf(route), (type) => PROBLEM_TYPES[type].status);
    delete route.operation[PROBLEMS_EXTENSION];
    for (const [status, types] of byStatus) {
      for (const type of types)
        examples[type] ??= { value: exampleOf(type, route.path.replaceAll('{id}', '42')) };
      const name = types
        .filter((type) => types.length === 1 || !UNNAMED.has(type))
        .map(toPascalCase)
        .join('Or');
      responses[name] ??= problemResponse(types);
      route.operation.responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
}

const toPascalCase = (name: string): string =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

function problemResponse(types: readonly ProblemType[]): Json & { description: string } {
  const infos: ProblemTypeInfo[] = types.map((type) => PROBLEM_TYPES[type]);
  const headers: ResponseHeader[] = [];
  if (infos.some(({ status }) => status === 401)) headers.push('WWW-Authenticate');
  if (infos.some(({ status, retryAfter }) => status === 429 || retryAfter)) headers.push('Retry-After');
  return {
    description: `${STATUS_CODES[infos[0]!.status]}: ${types.join(', ')}.`,
    headers: headerRefs(headers),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/examples/${type}` }])),
      },
    },
  };
}

/** Faults that every operation answers with. */
const EXAMPLE_FAULTS: Partial<Record<ProblemType, { field: string; message: string }>> = {
  'invalid-parameters': { field: 'colour', message: 'is not a parameter of this operation' },
  'malformed-request': { field: 'url', message: 'has a malformed percent-encoding' },
  'invalid-body': { field: 'colour', message: 'is not a known field' },
};

function exampleOf(type: ProblemType, instance: string): Problem {
  const fault = EXAMPLE_FAULTS[type];
  const error = new ProblemError(type, fault && { errors: [fault] });
  return Problem.from(error, { originalUrl: instance, id: '0b9c6f9e' });
}

export function addHeaders(document: OpenAPIObject): void {
  document.components!.headers = structuredClone(RESPONSE_HEADERS) as never;
}

/** Moves parameters that several operations have to the components. */
export function shareParameters(document: OpenAPIObject): void {
  for (const { operation } of routesOf(document))
    // OpenAPI's default.
    for (const parameter of operation.parameters ?? [])
      if (!parameter['required']) delete parameter['required'];
  const uses = routesOf(document).flatMap(({ operation: { tags, parameters = [] } }) =>
    parameters.map((parameter) => ({ text: JSON.stringify(parameter), parameter, tag: tags?.[0] ?? '' })),
  );
  const components: Record<string, Json> = {};
  const refByText = new Map<string, string>();
  for (const [text, [first, second]] of Map.groupBy(uses, (use) => use.text)) {
    if (!first || !second) continue;
    const name = toPascalCase(first.parameter['name'] as string);
    // Same name, other schema: the tag of its operation makes the key unique.
    const key = name in components ? first.tag + name : name;
    components[key] = first.parameter;
    refByText.set(text, `#/components/parameters/${key}`);
  }
  for (const { operation } of routesOf(document))
    operation.parameters = operation.parameters?.map((parameter) => {
      const $ref = refByText.get(JSON.stringify(parameter));
      return $ref ? { $ref } : parameter;
    });
  document.components!.parameters = components as never;
}

/**
 * Replaces each list of words by a reference to the component that has the same words, and a list of one word by a constant.
 * Descriptions and defaults stay beside the reference (OpenAPI 3.1).
 */
export function nameWordLists(
  document: OpenAPIObject,
  lists: Readonly<Record<string, readonly string[]>>,
): void {
  const nameByWords = new Map(Object.entries(lists).map(([name, words]) => [words.join(' '), name]));
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const child of Object.values(node)) visit(child);
    if (Array.isArray(node)) return;
    const schema = node as Json;
    if (!Array.isArray(schema['enum'])) return;
    const words = schema['enum'].filter((word) => word !== null);
    const name = nameByWords.get(words.join(' '));
    if (name === undefined && words.length > 1) return;
    const isNullable = words.length < schema['enum'].length;
    delete schema['enum'];
    if (name === undefined) schema['const'] = words[0];
    else {
      delete schema['type'];
      const $ref = `#/components/schemas/${name}`;
      Object.assign(schema, isNullable ? { anyOf: [{ $ref }, { type: 'null' }] } : { $ref });
    }
  };
  visit(document);
  const schemas = document.components!.schemas!;
  for (const [name, words] of Object.entries(lists)) schemas[name] = { type: 'string', enum: [...words] };
}

/** Removes the components and tags that no operation uses: those of the services that do not run in this process. */
export function removeUnused(document: OpenAPIObject): void {
  const components = document.components as Record<string, Record<string, unknown>>;
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      visit(value);
      if (key !== '$ref' || used.has(value as string)) continue;
      used.add(value as string);
      const [, , kind = '', name = ''] = (value as string).split('/');
      visit(components[kind]?.[name]);
    }
  };
  visit(document.paths);
  const operations = routesOf(document).map(({ operation }) => operation);
  for (const scheme of operations.flatMap(({ security = [] }) => security.flatMap(Object.keys)))
    used.add(`#/components/securitySchemes/${scheme}`);
  for (const [kind, parts] of Object.entries(components))
    for (const name of Object.keys(parts)) if (!used.has(`#/components/${kind}/${name}`)) delete parts[name];
  const tags = new Set(operations.flatMap(({ tags = [] }) => tags));
  document.tags = document.tags?.filter(({ name }) => tags.has(name));
}
