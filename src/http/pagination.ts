import { Int, Text } from './answer-fields.js';
import type { FastifyReply, FastifyRequest, preSerializationHookHandler } from 'fastify';
import { isBlank } from '../text/visible.js';
import { IntField, TextField } from './fields.js';

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
