import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';

export interface RawRequest {
  bytes: Buffer;
  /** Two readers could disagree where the request ends: it must be refused, and the request after it must not be answered. */
  isAmbiguous: boolean;
}

const SECOND = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
const LONG = 'x'.repeat(20_000);

/** How a body is framed. The body of an ambiguous one holds a second request for a reader who stops early. */
const AMBIGUOUS = [
  `Content-Length: 0\r\nContent-Length: 2\r\n\r\n{}${SECOND}`,
  `Content-Length: 2, 0\r\n\r\n{}${SECOND}`,
  `Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SECOND}`,
  `Content-Length: +2\r\n\r\n{}${SECOND}`,
  `Content-Length: -1\r\n\r\n${SECOND}`,
  `Content-Length: 0x2\r\n\r\n{}${SECOND}`,
  `Content-Length: 2 2\r\n\r\n{}${SECOND}`,
  `Content-Length: 99999999999999999999\r\n\r\n{}${SECOND}`,
  `Content-Length:\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n${SECOND}`,
  `Transfer-Encoding: chunked\r\n\r\n2;a=\nb\r\n{}\r\n0\r\n\r\n${SECOND}`,
  `X: a\rContent-Length: 2\r\n\r\n{}${SECOND}`,
  `X: a\0b\r\nContent-Length: 2\r\n\r\n{}${SECOND}`,
  `Content-Length\0: 2\r\n\r\n{}${SECOND}`,
  ` Content-Length: 2\r\n\r\n{}${SECOND}`,
] as const;

const FRAMED = [
  'Content-Length: 2\r\n\r\n{}',
  'Content-Length: 0\r\n\r\n',
  'Content-Length: 10\r\n\r\n{}',
  'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\nAuthorization: Bearer x\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n2\r\n{',
  `X: ${LONG}\r\n\r\n`,
  `${'X: y\r\n'.repeat(3_000)}\r\n`,
  'Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}',
  'Expect: nonsense\r\nContent-Length: 2\r\n\r\n{}',
  'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  'Host: a\r\nHost: b\r\n\r\n',
  'Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}',
  '\r\n',
  '',
] as const;

const METHODS = [
  'GET',
  'get',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PRI',
  'G\0T',
  'GÉT',
  LONG,
  '',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'HTTP/1.1 x', ''];
const TARGETS = [
  '*',
  '',
  '/',
  '//',
  '/../v1',
  '/v1/%2e%2e/metrics',
  'http://x/v1/properties',
  'https://',
  'x:80',
  '/v1/properties?q=\xe9',
  '/v1/\0',
  '/é',
  `/${LONG}`,
  '/v1/properties#a',
  '\\',
];

/**
 * Requests as bytes, from the paths of the document, for what only a socket can send.
 * @param authorization the token of the ambiguous requests: nothing but their framing is a reason to refuse them
 */
export function rawRequests(paths: readonly string[], authorization: string): fc.Arbitrary<RawRequest> {
  const path = fc.constantFrom(...paths.map((each) => each.replaceAll(/\{\w+\}/g, '1')));
  const line = fc
    .tuple(
      fc.oneof({ arbitrary: fc.constantFrom('GET', 'POST', 'PUT'), weight: 3 }, fc.constantFrom(...METHODS)),
      fc.oneof({ arbitrary: path, weight: 3 }, fc.constantFrom(...TARGETS)),
      fc.oneof({ arbitrary: fc.constant('HTTP/1.1'), weight: 3 }, fc.constantFrom(...VERSIONS)),
    )
    .map((parts) => parts.join(' '));
  const plain = fc
    .tuple(line, fc.constantFrom(...FRAMED), fc.nat({ max: 2 }))
    .map(([first, framed, more]) => `${first}\r\nHost: x\r\n${framed}${SECOND.repeat(more)}`);
  const broken = fc.tuple(plain, fc.nat(), fc.nat({ max: 255 })).map(([text, at, byte]) => {
    const position = at % text.length;
    return text.slice(0, position) + String.fromCodePoint(byte) + text.slice(position + 1);
  });
  const ambiguous = fc
    .tuple(fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH'), path, fc.constantFrom(...AMBIGUOUS))
    .map(
      ([method, target, framed]) =>
        `${method} ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\n${framed}`,
    );
  const made = (texts: fc.Arbitrary<string>, isAmbiguous: boolean): fc.Arbitrary<RawRequest> =>
    texts.map((text) => ({ bytes: Buffer.from(text, 'latin1'), isAmbiguous }));
  return fc.oneof(
    made(plain, false),
    made(broken, false),
    made(ambiguous, true),
    fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => ({ bytes: Buffer.from(bytes), isAmbiguous: false })),
  );
}

/** Sends the bytes, closes its side, and returns all bytes of the answer. */
export async function sendRaw(port: number, { bytes }: RawRequest): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => (text += String(chunk)));
  // A server that refuses early resets the connection: what it sent before counts.
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}

/** Lists the faults of the answers of one connection. */
export function faultsOfRawAnswer({ isAmbiguous }: RawRequest, text: string): string[] {
  const statuses = [...text.matchAll(/(?:^|(?<=[\r\n}]))HTTP\/1\.1 (\d{3}) /g)].map(([, status]) =>
    Number(status),
  );
  const faults = statuses.filter((status) => status >= 500).map((status) => `status ${status}`);
  if (text !== '' && !/^HTTP\/1\.1 \d{3} [ -~]+\r\n/.test(text)) faults.push('no HTTP');
  if (isAmbiguous && statuses.some((status) => status < 400))
    faults.push(`ambiguous, and answered with ${statuses.join()}`);
  if (/x-injected/i.test(text)) faults.push('a header of the caller');
  return faults;
}
