import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  gzip,
  gzipSync,
} from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

export type Encoding = 'br' | 'gzip';

// A shorter answer fits into one network packet anyway.
const WORTHWHILE_BYTES = 1024;
// The event loop compresses this in a fifth of a millisecond. More goes to Node's thread pool, which costs twice the CPU
// time for a small body and nothing for a large one.
const SYNC_BYTES = 16 * 1024;
const BLOCK_BYTES = 16 * 1024;
const COMPRESSIBLE = /^text\/|[/+](?:json|yaml|javascript|xml)\b/;

/**
 * A list of 20 properties (13,698 bytes) takes: gzip 6 112 µs and 3,501 bytes, brotli 4 160 µs and 3,508, brotli 5 217 µs and
 * 3,323. So gzip comes first where a body is made for one answer, and brotli where it is compressed once and kept.
 */
const MADE_FOR_ONE: readonly Encoding[] = ['gzip', 'br'];
export const MADE_ONCE: readonly Encoding[] = ['br', 'gzip'];
const GZIP = { level: 6 };
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const now = {
  gzip: (bytes: Buffer) => gzipSync(bytes, GZIP),
  br: (bytes: Buffer) => brotliCompressSync(bytes, BROTLI),
};
const later = {
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, GZIP),
  br: (bytes: Buffer) => promisify(brotliCompress)(bytes, BROTLI),
};
const streaming = { gzip: () => createGzip(GZIP), br: () => createBrotliCompress(BROTLI) };

type Done = (error: Error | null, payload?: unknown) => void;

/**
 * The last `onSend` hook: compresses what is worth it. The ETag is that of the content, whatever its encoding, so that a
 * proxy has nothing left to compress and no tag to change.
 */
export function compressAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: Done,
): void {
  const type = String(reply.getHeader('content-type') ?? '');
  // A stream that fails before its first byte is answered by a problem, which comes through here again.
  if (reply.statusCode >= 400) reply.removeHeader('content-encoding');
  if (reply.statusCode === 304 || COMPRESSIBLE.test(type)) varyByEncoding(reply);
  // A part is a part of the plain bytes.
  const isWhole =
    reply.statusCode !== 206 && reply.statusCode !== 304 && !reply.hasHeader('content-encoding');
  const encoding = isWhole && COMPRESSIBLE.test(type) ? acceptedEncoding(request, MADE_FOR_ONE) : undefined;
  if (!encoding) done(null, payload);
  else if (isStream(payload)) done(null, compressStream(request, reply, payload, encoding));
  else compressBody(reply, payload, encoding, done);
}

function compressBody(reply: FastifyReply, payload: unknown, encoding: Encoding, done: Done): void {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (!Buffer.isBuffer(bytes) || bytes.length < WORTHWHILE_BYTES) return done(null, payload);
  const send = (compressed: Buffer): void => {
    reply.header('content-encoding', encoding).header('content-length', compressed.length);
    done(null, compressed);
  };
  if (bytes.length <= SYNC_BYTES) send(now[encoding](bytes));
  else void later[encoding](bytes).then(send, done);
}

// A caller that hangs up ends the source, and a source that fails ends the connection.
function compressStream(
  { method }: FastifyRequest,
  reply: FastifyReply,
  source: Readable,
  encoding: Encoding,
): Readable {
  reply.header('content-encoding', encoding).removeHeader('content-length');
  return method === 'HEAD' ? source : pipeline(source, inBlocks, streaming[encoding](), () => {});
}

/** zlib takes each chunk to the thread pool; line by line, that costs ten times the CPU time of the compression itself. */
async function* inBlocks(source: AsyncIterable<string | Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    chunks.push(bytes);
    if (length < BLOCK_BYTES) continue;
    yield Buffer.concat(chunks);
    [chunks, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(chunks);
}

/** The encoding that the caller accepts most, the first of `offered` among equals; undefined: as it is. */
export function acceptedEncoding(
  request: FastifyRequest,
  offered: readonly Encoding[],
): Encoding | undefined {
  if (!request.headers['accept-encoding']) return undefined;
  const negotiator = new Negotiator(request.raw) as Negotiator & WithPreference;
  const [best] = negotiator.encodings([...offered, 'identity'], { preferred: offered });
  return offered.find((encoding) => encoding === best);
}

/** What the types of negotiator do not know yet. */
interface WithPreference {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[];
}

export function isWorthCompressing(contentType: string, bytes: Buffer): boolean {
  return COMPRESSIBLE.test(contentType) && bytes.length >= WORTHWHILE_BYTES;
}

// Tells caches that the bytes depend on `Accept-Encoding`.
function varyByEncoding(reply: FastifyReply): void {
  const vary = String(reply.getHeader('vary') ?? '');
  if (!/accept-encoding|\*/i.test(vary))
    reply.header('vary', vary ? `${vary}, Accept-Encoding` : 'Accept-Encoding');
}

function isStream(payload: unknown): payload is Readable {
  return typeof (payload as Readable | null)?.pipe === 'function';
}
