import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

const NONE_TOKEN = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"1"}').toString('base64url')}.`;

/** Headers that ask proxies, parsers and caches for something odd. */
const TRICKS: readonly Readonly<Record<string, string | undefined>>[] = [
  ...['DELETE', 'PUT', 'GET', 'nonsense'].flatMap((method) => [
    { 'x-http-method-override': method },
    { 'x-http-method': method, 'x-method-override': method },
  ]),
  ...[
    'image/png',
    '*/*;q=0',
    'application/problem+json',
    'text/csv',
    ';;,',
    'application/json;q=abc',
    '\xff',
    ','.repeat(500),
  ].map((accept) => ({ accept })),
  ...['gzip', 'br', 'gzip;q=0, *;q=0', 'zstd, br;q=0.1', 'x'.repeat(300)].map((encoding) => ({
    'accept-encoding': encoding,
  })),
  ...[
    'text/plain',
    'application/json; charset=utf-16',
    'application/json;;;',
    'application/JSON',
    'application/merge-patch+json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    '/',
    '\xe9',
  ].map((type) => ({ 'content-type': type })),
  ...['gzip', 'br', 'identity', 'nonsense'].map((encoding) => ({ 'content-encoding': encoding })),
  ...['*', '""', 'W/"x"', '"a", "b"', 'x'.repeat(2_000), '\xff'].flatMap((tag) => [
    { 'if-none-match': tag },
    { 'if-match': tag },
  ]),
  { 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
  { range: 'bytes=0-0,5-' },
  { expect: '100-continue' },
  ...['cross-site', 'same-site', 'nonsense'].map((site) => ({ 'sec-fetch-site': site })),
  ...['null', 'https://evil.example', 'http://', '\xff'].map((origin) => ({ origin })),
  ...['', 'a b', 'evil.example:99999', '[::1', 'x'.repeat(500)].map((host) => ({ host })),
  ...['127.0.0.1', '::ffff:1.2.3.4, ,', 'x'.repeat(200)].map((address) => ({
    'x-forwarded-for': address,
    'x-real-ip': address,
  })),
  {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'javascript',
    'x-forwarded-prefix': '//evil.example',
  },
  { 'x-original-url': '/metrics', 'x-rewrite-url': '/metrics' },
  ...['', ';', '=', '__Secure-refresh=%', '__Host-session=x; __Host-session=y', `a=${'b'.repeat(5_000)}`].map(
    (cookie) => ({ cookie }),
  ),
  ...['', 'a b', 'x'.repeat(200), '../..', '\xe9'].map((id) => ({ 'x-request-id': id })),
  ...[
    '',
    'Bearer',
    'Bearer ',
    'bearer x',
    'Basic YTpi',
    'Bearer a.b.c',
    `Bearer ${NONE_TOKEN}`,
    `Bearer ${'x'.repeat(8_000)}`,
    'Bearer \xff',
  ].map((authorization) => ({ authorization })),
  { connection: 'upgrade', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA' },
  { traceparent: '00-x-y-z', tracestate: '\xff', baggage: 'a=b' },
];

export const headerTricks: fc.Arbitrary<Record<string, string>> = fc
  .array(fc.constantFrom(...TRICKS), { minLength: 1, maxLength: 2 })
  .map((tricks) => Object.assign({}, ...tricks) as Record<string, string>);

const nested = (depth: number, open: string, close: string): string =>
  open.repeat(depth) + close.repeat(depth);

const BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  'null',
  '[]',
  '""',
  '0',
  '-',
  '{',
  '{}x',
  '{"a":1,}',
  "{'a':1}",
  '{"a":1e400}',
  '{"a":123456789012345678901234567890}',
  '{"__proto__":{"isStaff":true}}',
  '{"constructor":{"prototype":{"isStaff":true}}}',
  '{"\\u0000":"\\u0000"}',
  '{"a":"\\ud800"}',
  '{"a":"\\x"}',
  'NaN',
  '\ufeff{}',
  nested(200, '[', ']'),
  nested(100_000, '[', ']'),
  nested(20_000, '{"a":', '}'),
  `[${'{},'.repeat(50_000)}{}]`,
  `{${Array.from({ length: 5_000 }, (_, i) => `"f${i}":${i}`).join(',')}}`,
  `"${'x'.repeat(1024 * 1024)}"`,
  Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
  Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  gzipSync('{}'),
];

/** Bodies that are no value of the schema: broken or odd JSON, or a valid body with a fault in its text. */
export function hostileBody(valid: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  const texts = valid.map((value) => JSON.stringify(value) ?? '{}');
  return fc.oneof(
    fc.constantFrom(...BODIES).map((body) => Buffer.from(body)),
    // The same fields twice: the first values are wrong.
    texts.map((text) =>
      Buffer.from(
        text.replace(
          /^\{(?=")/,
          () => `{${(text.match(/"[^"]*":/g) ?? []).map((key) => `${key}{}`).join(',')},`,
        ),
      ),
    ),
    fc.tuple(texts, fc.nat()).map(([text, at]) => Buffer.from(text.slice(0, at % (text.length + 1)))),
    fc.tuple(texts, fc.nat(), fc.nat({ max: 255 })).map(([text, at, byte]) => {
      const bytes = Buffer.from(text);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
}
