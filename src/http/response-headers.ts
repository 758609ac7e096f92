interface HeaderInfo {
  description: string;
  schema: Readonly<Record<string, unknown>>;
}

const text = (description: string, example?: string, maxLength = 500): HeaderInfo => ({
  description,
  schema: { type: 'string', maxLength, ...(example && { examples: [example] }) },
});

/** The documented response headers: components of the OpenAPI document. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': text('The id of this request in the log: the one that the caller sent, or a new one.'),
  RateLimit: text(
    'The remaining requests (IETF draft). The header `RateLimit-Policy` beside it gives the limit.',
    '"default";r=599;t=60',
  ),
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'integer', minimum: 1, maximum: 3_600, examples: [5] },
  },
  'WWW-Authenticate': text(
    'The scheme, and `error="invalid_token"` for a refused token (RFC 6750).',
    'Bearer',
  ),
  ETag: text(
    'Identifies this content, for `If-None-Match` of a read and `If-Match` of a change.',
    '"Jc5zYb1Gq0m"',
  ),
  'Set-Cookie': text('For staff only. HttpOnly, SameSite=Strict and Secure.', undefined, 5_000),
  'Clear-Site-Data': text('The browser forgets the answers that it has cached.', '"cache"'),
  'Content-Disposition': text(
    'The name of the file.',
    'attachment; filename="ranking-trending-bogota-2026-11-28.csv"',
  ),
  Location: text('Address of the new resource, relative to the address of the request.', 'properties/42'),
  Link: text(
    'The next page, while there is one (RFC 8288), relative to the address of the request.',
    '<?cursor=qGWDe3eYyrK1WyI>; rel="next"',
    5_000,
  ),
} as const satisfies Record<string, HeaderInfo>;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** Headers of every answer under /v1. */
const COMMON_HEADERS: readonly ResponseHeader[] = ['X-Request-Id', 'RateLimit'];

type HeaderRefs = Record<string, { $ref: string }>;

/** References to the components of these headers and of the common ones. */
export function headerRefs(names: readonly ResponseHeader[]): HeaderRefs {
  const all = [...COMMON_HEADERS, ...names];
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
