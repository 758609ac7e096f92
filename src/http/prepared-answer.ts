import type { FastifyReply, FastifyRequest } from 'fastify';
import { compress, type Encoding, isWorthCompressing } from './compression.js';
import { etagOf } from './conditional-requests.js';
import { linkTo } from './pagination.js';

declare module 'fastify' {
  interface FastifyReply {
    /** The answer whose body is sent, when it was prepared for many requests. */
    prepared: PreparedAnswer | null;
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** The JSON of a 200 that is serialized, hashed and compressed once for many requests. */
export class PreparedAnswer {
  readonly #compressed: { [Key in Encoding]?: Buffer | Promise<Buffer> } = {};
  readonly plain: Buffer;
  readonly etag: string;

  /** @param at when the data was like this, in milliseconds since 1970 */
  constructor(
    plain: Buffer,
    readonly nextCursor: string | null,
    readonly at: number,
  ) {
    this.plain = ownBytes(plain);
    this.etag = etagOf(plain);
  }

  static of(value: object, at: number): PreparedAnswer {
    const cursor = (value as { page?: { nextCursor?: string | null } }).page?.nextCursor ?? null;
    return new PreparedAnswer(Buffer.from(JSON.stringify(value)), cursor, at);
  }

  /** Upper bound of the bytes in memory. */
  get size(): number {
    // A compressed variant is at most half as long as the plain body.
    return this.plain.length * (isWorthCompressing(JSON_TYPE, this.plain) ? 2 : 1);
  }

  /** The compressed body; it is kept, unless it is so long that two of them would exceed `size`. */
  compressed(encoding: Encoding): Buffer | Promise<Buffer> {
    const kept = this.#compressed[encoding];
    if (kept) return kept;
    const result = compress(this.plain, encoding);
    const keep = (bytes: Buffer): void => {
      if (bytes.length <= this.plain.length / 2) this.#compressed[encoding] = ownBytes(bytes);
      else delete this.#compressed[encoding];
    };
    if (Buffer.isBuffer(result)) keep(result);
    else {
      // Requests that arrive during the compression share it.
      this.#compressed[encoding] = result;
      result.then(keep, () => delete this.#compressed[encoding]);
    }
    return result;
  }

  /** Sets the headers of this answer. @returns the body to send; the `onSend` hooks replace it by a 304 or a compressed variant */
  announce(request: FastifyRequest, reply: FastifyReply): Buffer {
    reply.prepared = this;
    reply.header('content-type', JSON_TYPE);
    if (this.nextCursor) linkTo(request, reply, this.nextCursor);
    return this.plain;
  }
}

/** Copies bytes that are a part of a larger buffer, which would stay in memory with them. */
function ownBytes(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
