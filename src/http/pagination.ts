import { Int, Text } from './answer-fields.js';
import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest, preSerializationHookHandler } from 'fastify';
import { isBlank } from '../text/visible.js';
import { IntField, TextField } from './fields.js';
import { InvalidParameters } from './problem.js';

/**
 * Keyset position: sort key (null: the row has no value) and id of the last row of a page. The id is null when the next row
 * has another key; then `key > ?` alone continues, which is one index range.
 */
export type Position = readonly [key: string | number, id: number | null] | readonly [key: null, id: number];

/** Used in the input class of every list: `@LimitField() limit = 20` and `@CursorField() cursor?: string`. */
export const LimitField = (): PropertyDecorator =>
  IntField({
    min: 1,
    max: 100,
    default: 20,
    description: 'Maximum number of items on the page; it may change from page to page.',
  });

export const CursorField = (): PropertyDecorator =>
  TextField({
    maxLength: 500,
    accepts: (text) => !isBlank(text),
    hint: ' that is not blank',
    description: '`page.nextCursor` of the previous page. Sort and filters must be the same.',
  });

export class PageInfo {
  @Int({ min: 1, max: 100, example: 20 })
  limit: number;

  @Text({
    maxLength: 500,
    description: '`cursor` of the next page; null on the last page.',
    example: 'qGWDe3eYyrK1WyIyMDI2LTA1LTAxIDEwOjAwOjAwIiw0Ml0',
    null: true,
  })
  nextCursor: string | null;

  @Int({
    optional: true,
    description: 'Number of items on all pages; only with `count=true`.',
    example: 1234,
  })
  total?: number;
}

const CHECKSUM_BYTES = 9;

/**
 * Encodes an opaque cursor for one list.
 * @param scope sort and filters in one canonical text; the cursor is refused for any other scope
 */
export function encodeCursor(scope: string, position: Position): string {
  const json = JSON.stringify(position);
  return Buffer.concat([checksum(scope, json), Buffer.from(json)]).toString('base64url');
}

/** @throws InvalidParameters when the cursor was changed, or belongs to another sort or other filters */
export function decodeCursor(scope: string, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const json = bytes.subarray(CHECKSUM_BYTES).toString();
  // The text is compared as well: base64 decoders ignore foreign characters and unused bits.
  if (
    bytes.toString('base64url') === cursor &&
    checksum(scope, json).equals(bytes.subarray(0, CHECKSUM_BYTES))
  ) {
    const position: unknown = JSON.parse(json);
    if (isPosition(position)) return position;
  }
  throw new InvalidParameters([
    { field: 'cursor', message: 'is not a cursor of this list with this sort and these filters' },
  ]);
}

// Detects mistakes, not attacks: a forged cursor only starts at another place of a public list.
function checksum(scope: string, json: string): Buffer {
  return hash('sha256', `${scope}\n${json}`, 'buffer').subarray(0, CHECKSUM_BYTES);
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, id] = value as [unknown, unknown];
  if (key === null) return Number.isSafeInteger(id);
  return (typeof key === 'string' || Number.isFinite(key)) && (id === null || Number.isSafeInteger(id));
}

/**
 * A `preSerialization` hook: sets `Link: <?…>; rel="next"` (RFC 8288) on every list that has a next page. The reference has
 * only a query, so it stays correct behind a proxy that strips a path prefix.
 */
export const linkNextPage: preSerializationHookHandler = (request, reply, payload, done) => {
  const cursor = (payload as { page?: PageInfo } | null)?.page?.nextCursor;
  if (cursor) linkTo(request, reply, cursor);
  done(null, payload);
};

/** Sets the `Link` header to the page of this cursor. */
export function linkTo(request: FastifyRequest, reply: FastifyReply, cursor: string): void {
  const start = request.url.indexOf('?');
  const next = new URLSearchParams(start < 0 ? '' : request.url.slice(start));
  next.set('cursor', cursor);
  reply.header('link', `<?${next.toString()}>; rel="next"`);
}
