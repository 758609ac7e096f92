import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Schema } from '../openapi.js';
import { type Operation, operationAt } from './document.js';
import { memoised } from './memoised.js';
import { type FuzzedRequest, textOf } from './requests.js';

export interface FuzzedAnswer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  bytes: Buffer;
}

/** Headers that any answer may have. The document names the others. */
const GENERAL_HEADERS = new Set(
  `allow cache-control connection content-encoding content-length content-security-policy content-type cross-origin-opener-policy
  cross-origin-resource-policy date keep-alive origin-agent-cluster referrer-policy strict-transport-security transfer-encoding vary
  x-content-type-options x-dns-prefetch-control x-download-options x-frame-options x-permitted-cross-domain-policies
  x-request-id x-xss-protection permissions-policy`.split(/\s+/),
);
/** The problems of requests that reach no operation. */
const STATUS_WITHOUT_OPERATION = new Set([400, 404, 405, 406, 413, 415, 431]);

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
// Emails of old accounts have any form.
for (const name of ['password', 'email']) ajv.addFormat(name, true);
const validatorOf = memoised((schema: Schema) => ajv.compile(closed(schema)));
/** The schema without required fields: the parameter `fields` leaves some out, and no schema can say which. */
const partialOf = memoised(
  (schema: Schema) =>
    JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
      key === 'required' && Array.isArray(value) ? undefined : value,
    ) as Schema,
);

function faultsOf(schema: Schema, value: unknown): string | undefined {
  const validate = validatorOf(schema);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** The schema without room for fields that it does not name. */
function closed(schema: Schema): Schema {
  const close = (node: unknown, isPart: boolean): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map((each) => close(each, isPart));
    const { example: _, examples: __, ...rest } = node as Record<string, unknown>;
    const own = Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, close(value, key === 'allOf')]),
    );
    const isObject = !isPart && ('allOf' in own || (own.type !== undefined && 'properties' in own));
    return isObject ? { ...own, unevaluatedProperties: false } : own;
  };
  return close(schema, false) as Schema;
}

/** Lists the faults of the answer by the rules of the document. */
export function faultsOfAnswer(
  operations: readonly Operation[],
  request: FuzzedRequest,
  answer: FuzzedAnswer,
): string[] {
  const { status, headers } = answer;
  const faults: string[] = [];
  const operation = operationAt(operations, request.method, request.url);
  const response = operation?.responses[status];
  if (status >= 500) faults.push(`status ${status}`);
  const isConditional = status === 304 && 'if-none-match' in request.headers;
  if (isConditional ? answer.bytes.length > 0 : operation ? !response : !STATUS_WITHOUT_OPERATION.has(status))
    faults.push(`undocumented status ${status}`);
  if (!headers['x-request-id']) faults.push('no X-Request-Id');
  if (status === 401 && !headers['www-authenticate']) faults.push('401 without WWW-Authenticate');
  if (status === 405 && !headers.allow) faults.push('405 without Allow');
  if ((status === 429 || status === 503) && !headers['retry-after'])
    faults.push(`${status} without Retry-After`);
  for (const [name, documented] of Object.entries(response?.headers ?? {})) {
    const value = headers[name.toLowerCase()];
    if (value === undefined) continue;
    const { type } = documented.schema;
    const wrong = [value]
      .flat()
      .map((each) => faultsOf(documented.schema, type === 'integer' ? Number(each) : String(each)));
    if (wrong.some(Boolean)) faults.push(`header ${name}: ${wrong.join()}`);
  }
  const named = new Set(Object.keys(response?.headers ?? {}).map((name) => name.toLowerCase()));
  if (response)
    for (const name of Object.keys(headers))
      if (!named.has(name) && !GENERAL_HEADERS.has(name)) faults.push(`undocumented header ${name}`);
  if (request.method !== 'HEAD' && !isConditional) faults.push(...faultsOfBody(request, answer, response));
  if (status < 300 && operation === request.operation) faults.push(...acceptedFaults(request));
  return faults;
}

function faultsOfBody(
  request: FuzzedRequest,
  answer: FuzzedAnswer,
  response: Operation['responses'][string] | undefined,
): string[] {
  const { status, headers } = answer;
  const type = String(headers['content-type'] ?? '').split(';', 1)[0]!;
  const documented = response?.content?.[type];
  const body = decoded(answer);
  if (status >= 400) {
    if (type !== 'application/problem+json' && !documented) return [`${status} with media type "${type}"`];
    if (type === 'application/problem+json') {
      const problem = JSON.parse(body.toString()) as Record<string, string | number>;
      const kind = String(problem.type).replace('urn:problem:', '');
      const faults = [];
      if (problem.status !== status) faults.push(`problem status ${problem.status}`);
      if (problem.requestId !== headers['x-request-id']) faults.push('another requestId in the problem');
      if (documented && !(kind in (documented.examples ?? {})))
        faults.push(`undocumented problem ${kind} of ${status}`);
      const wrong = documented && faultsOf(documented.schema, problem);
      return wrong ? [...faults, `problem: ${wrong}`] : faults;
    }
  }
  if (!response) return [];
  if (!response.content) return body.length > 0 ? [`${status} with a body`] : [];
  if (!documented) return [`undocumented media type "${type}" of ${status}`];
  if (!type.includes('json')) return body.toString().isWellFormed() ? [] : ['text that is no UTF-8'];
  const schema = /[?&]fields=/.test(request.url) ? partialOf(documented.schema) : documented.schema;
  const wrong = faultsOf(schema, JSON.parse(body.toString()));
  return wrong ? [`body: ${wrong}`] : [];
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

export function decoded({ headers, bytes }: FuzzedAnswer): Buffer {
  const decode = DECODERS[String(headers['content-encoding'])];
  return decode && bytes.length > 0 ? decode(bytes) : bytes;
}

/** Lists the parts of a successful request that the document excludes. */
function acceptedFaults({ operation, parts }: FuzzedRequest): string[] {
  if (!parts) return [];
  const { parameters, isUnknownAdded, body } = parts;
  const faults = parameters.flatMap(([{ name, in: place, schema }, value]) => {
    // Wrong headers may be ignored.
    if (place === 'header') return [];
    const wrong = faultsOf(schema, asDocumented(value, schema));
    return wrong ? [`accepted ${name}: ${wrong}`] : [];
  });
  const missing = operation.parameters.filter(
    ({ name, required }) => required && !parameters.some(([given]) => given.name === name),
  );
  if (missing.length > 0) faults.push(`accepted without ${missing[0]!.name}`);
  if (isUnknownAdded && operation.path.startsWith('/v1')) faults.push('accepted an unknown parameter');
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const wrong = content && faultsOf(content.schema, body);
  if (wrong) faults.push(`accepted the body: ${wrong}`);
  return faults;
}

/** A text of a parameter as a value of its type, if the text is one. */
function asDocumented(value: unknown, schema: Schema): unknown {
  if (schema.type === 'array') return [value].flat().map((item) => asDocumented(item, schema.items ?? {}));
  const text = textOf(Array.isArray(value) && value.length === 1 ? value[0] : value);
  const isNumeric = schema.type === 'integer' || schema.type === 'number';
  if (isNumeric && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (schema.type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
