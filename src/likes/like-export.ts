import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { NO_DATE, toUtc } from '../database/time.js';
import type { Position } from '../http/cursors.js';
import type { LikeAction } from './like-event.entity.js';
import { LikeEventRepository } from './like-event.repository.js';
import { LikeRepository } from './like.repository.js';

const PAGE_SIZE = 1_000;

/** Reads all likes and like events of a user, newest first, one page at a time. */
@Injectable()
export class LikeExport {
  readonly #zone: string;

  constructor(
    private readonly likes: LikeRepository,
    private readonly events: LikeEventRepository,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  async *readLikes(userId: number): AsyncGenerator<{ propertyId: number; likedAt: string }[]> {
    const pages = pagesOf(
      (after) => this.likes.findPage(userId, after, PAGE_SIZE),
      (row) => row.created_at,
    );
    for await (const rows of pages)
      yield rows.map((row) => ({ propertyId: row.property_id, likedAt: this.#utc(row.created_at) }));
  }

  async *readEvents(
    userId: number,
  ): AsyncGenerator<{ propertyId: number; action: LikeAction; at: string }[]> {
    const pages = pagesOf(
      (after) => this.events.findPage(userId, after, PAGE_SIZE),
      (row) => row.at,
    );
    for await (const rows of pages)
      yield rows.map(({ property_id: propertyId, action, at }) => ({
        propertyId,
        action,
        at: this.#utc(at),
      }));
  }

  #utc(naive: string | null): string {
    return toUtc(naive, this.#zone) ?? NO_DATE;
  }
}

async function* pagesOf<Row extends { id: number }>(
  find: (after: Position | null) => Promise<Row[]>,
  keyOf: (row: Row) => string | null,
): AsyncGenerator<Row[]> {
  for (let after: Position | null = null; ;) {
    const rows = await find(after);
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_SIZE) return;
    after = [keyOf(last), last.id];
  }
}
