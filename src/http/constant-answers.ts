import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import {
  acceptedEncoding,
  type Encoding,
  isWorthCompressing,
  PREFERRED_FOR_CONSTANT,
} from './compression.js';
import { etagOf, isFresh } from './conditional-requests.js';

// Higher levels take seconds for a script of 1 MB.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
const GZIP = { level: 9 };

interface Prepared {
  etag: string;
  plain: Buffer;
  compressed: Record<Encoding, Buffer> | undefined;
}

/**
 * Serves content that stays the same while the process runs. The first request makes, hashes and compresses it; concurrent
 * requests wait for that one run.
 */
export function serveConstant(
  fastify: FastifyInstance,
  url: string,
  contentType: string,
  make: () => string | Buffer | Promise<string | Buffer>,
  headers: Readonly<Record<string, string>> = {},
): void {
  let prepared: Promise<Prepared> | undefined;
  fastify.get(url, async (request, reply) => {
    prepared ??= makePrepared(make, contentType).catch((error: unknown) => {
      prepared = undefined; // the next request tries again
      throw error;
    });
    const { etag, plain, compressed } = await prepared;
    reply.headers({ ...headers, etag, 'cache-control': 'public, no-cache' });
    if (isFresh(request, etag)) return reply.code(304).send();
    reply.type(contentType);
    const encoding = compressed && acceptedEncoding(request, PREFERRED_FOR_CONSTANT);
    if (!encoding) return reply.send(plain);
    return reply.header('content-encoding', encoding).send(compressed[encoding]);
  });
}

async function makePrepared(
  make: () => string | Buffer | Promise<string | Buffer>,
  contentType: string,
): Promise<Prepared> {
  const made = await make();
  const plain = typeof made === 'string' ? Buffer.from(made) : made;
  const etag = etagOf(plain);
  if (!isWorthCompressing(contentType, plain)) return { etag, plain, compressed: undefined };
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(plain, BROTLI),
    promisify(gzip)(plain, GZIP),
  ]);
  return { etag, plain, compressed: { br, gzip: zipped } };
}
