import { hash } from 'node:crypto';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IntField, TextField } from './fields.js';
import { InvalidParameters } from './problem.js';

/**
 * Where a page ended: the sort key of its last row (null: unknown), and that row's id; without an id where no row
 * after the page has the same key, so that the next one is one range of an index.
 */
export type Position = readonly [key: string | number, id: number | null] | readonly [key: null, id: number];

/** The parameters of every list: `@LimitField() limit = 20` and `@CursorField() cursor?: string`. */
export const LimitField = (): PropertyDecorator =>
  IntField({
    min: 1,
    max: 100,
    default: 20,
    description: 'How many items a page has; may change from page to page.',
  });

export const CursorField = (): PropertyDecorator =>
  TextField({
    maxLength: 500,
    description: '`page.nextCursor` of the page before, together with the same sort and filters.',
  });

export class PageInfo {
  @ApiProperty({ type: 'integer', example: 20 })
  limit: number;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Ask for the next page with it; null on the last one.',
    example: 'qGWDe3eYyrK1WyIyMDI2LTA1LTAxIDEwOjAwOjAwIiw0Ml0',
  })
  nextCursor: string | null;

  @ApiProperty({ type: 'integer', required: false, description: 'Only with `count=true`.', example: 1234 })
  total?: number;
}

const CHECK_BYTES = 9;

/**
 * An opaque cursor that fits only the list it came from.
 * @param scope sort and filters in one canonical text; the cursor is refused for any other.
 */
export function encodeCursor(scope: string, position: Position): string {
  const json = JSON.stringify(position);
  return Buffer.concat([checksum(scope, json), Buffer.from(json)]).toString('base64url');
}

/** @throws InvalidParameters when it was tampered with or belongs to other filters or another sort. */
export function decodeCursor(scope: string, cursor: string): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const json = bytes.subarray(CHECK_BYTES).toString();
  // Comparing the text too: base64 decoders overlook stray characters and spare bits.
  if (
    bytes.toString('base64url') === cursor &&
    checksum(scope, json).equals(bytes.subarray(0, CHECK_BYTES))
  ) {
    const position: unknown = JSON.parse(json);
    if (isPosition(position)) return position;
  }
  throw new InvalidParameters([
    { field: 'cursor', message: 'is not a cursor of this list with this sort and these filters' },
  ]);
}

// Against mistakes, not against attackers: a forged cursor only points at another place of a public list.
function checksum(scope: string, json: string): Buffer {
  return hash('sha256', `${scope}\n${json}`, 'buffer').subarray(0, CHECK_BYTES);
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, id] = value as [unknown, unknown];
  if (key === null) return Number.isSafeInteger(id);
  return (typeof key === 'string' || Number.isFinite(key)) && (id === null || Number.isSafeInteger(id));
}

/**
 * A `preSerialization` hook: `Link: <?…>; rel="next"` (RFC 8288) for every list that goes on. The reference has a query
 * alone: it keeps the path that the caller asked for, also below a prefix that a proxy stripped.
 */
export function linkNextPage(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  const cursor = (payload as { page?: PageInfo } | null)?.page?.nextCursor;
  if (cursor) {
    const start = request.url.indexOf('?');
    const next = new URLSearchParams(start < 0 ? '' : request.url.slice(start));
    next.set('cursor', cursor);
    reply.header('link', `<?${next.toString()}>; rel="next"`);
  }
  done(null, payload);
}
