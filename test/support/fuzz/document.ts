import { readFileSync } from 'node:fs';
import { resolved, type Schema } from '../openapi.js';
import { memoised } from './memoised.js';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  schema: Schema;
}

interface DocumentedResponse {
  headers?: Record<string, { schema: Schema }>;
  content?: Record<string, { schema: Schema; examples?: Record<string, object> }>;
}

export interface Operation {
  path: string;
  method: string;
  operationId: string;
  parameters: readonly Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, DocumentedResponse>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** All operations of docs/openapi.json, in the order of the document. */
export function readOperations(): Operation[] {
  const text = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  const { paths } = resolved(
    JSON.parse(text) as { paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>> },
  );
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => method in methods).map((method) => ({
      ...methods[method]!,
      path,
      method: method.toUpperCase(),
      parameters: methods[method]!.parameters ?? [],
    })),
  );
}

const patternOf = memoised((path: string) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));

/** The operation that a request reaches. A path without parameters wins over one with parameters, as in the router. */
export function operationAt(
  operations: readonly Operation[],
  method: string,
  url: string,
): Operation | undefined {
  const pathname = url.split('?', 1)[0]!;
  const wanted = method === 'HEAD' ? 'GET' : method;
  const matching = operations.filter(({ path }) => path === pathname || patternOf(path).test(pathname));
  const [best] = matching.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length);
  return matching.find(({ path, method: documented }) => path === best!.path && documented === wanted);
}
