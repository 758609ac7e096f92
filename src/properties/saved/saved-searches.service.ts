import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { NO_DATE, toUtc } from '../../database/time.js';
import { Cursors } from '../../http/cursors.js';
import { InvalidBody, ProblemError } from '../../http/problem.js';
import { ChangeRepository } from '../changes/change.repository.js';
import type { PropertyPage } from '../dto/property.dto.js';
import {
  type CreateSearchDto,
  type ListNewPropertiesInput,
  MAX_NEW,
  MAX_SEARCHES,
  type PatchSearchDto,
  type SavedSearchDto,
  type SavedSearchesDto,
} from '../dto/saved-searches.dto.js';
import { PropertiesService } from '../read/properties.service.js';
import { StatusCatalogue } from '../read/status-catalogue.js';
import { type FoundNew, NewPropertiesRepository } from './new-properties.repository.js';
import { parseQuery } from './saved-query.js';
import { SavedSearchRepository, type SavedSearchRow } from './saved-search.repository.js';

const NOTHING: FoundNew = { properties: [], unreadTo: null };

/** Also for a search of another user. */
class SearchNotFound extends ProblemError {
  constructor() {
    super('search-not-found');
  }
}
class TooManySearches extends ProblemError {
  constructor() {
    super('too-many-searches');
  }
}

/** The searches that users save. */
@Injectable()
export class SavedSearchesService {
  constructor(
    private readonly em: EntityManager,
    private readonly searches: SavedSearchRepository,
    private readonly newProperties: NewPropertiesRepository,
    private readonly changes: ChangeRepository,
    private readonly properties: PropertiesService,
    private readonly statuses: StatusCatalogue,
    private readonly cursors: Cursors,
  ) {}

  /**
   * @returns the search, and whether it was added; an equal query that the user has saved is returned as it is
   * @throws InvalidBody with each fault of the query
   * @throws TooManySearches
   */
  async create(
    userId: number,
    { name, query }: CreateSearchDto,
  ): Promise<{ search: SavedSearchDto; isNew: boolean }> {
    const parsed = parseQuery(query);
    const { row, isNew } = await this.#change(userId, async () => {
      const stored = await this.searches.findByKey(userId, parsed.query_key);
      if (stored) return { row: stored, isNew: false };
      if ((await this.searches.count(userId)) >= MAX_SEARCHES) throw new TooManySearches();
      await this.searches.insert(userId, { name, ...parsed });
      return { row: (await this.searches.findByKey(userId, parsed.query_key))!, isNew: true };
    });
    // A new search has no new properties, so the answer needs no further connection.
    return { search: isNew ? toDto(row) : await this.#show(row), isNew };
  }

  async list(userId: number): Promise<SavedSearchesDto> {
    return { items: await this.#showAll(await this.searches.findAll(userId)) };
  }

  /** @throws SearchNotFound */
  async get(userId: number, id: number): Promise<SavedSearchDto> {
    return this.#show(await this.#find(userId, id));
  }

  /**
   * @throws SearchNotFound
   * @throws InvalidBody with each fault of the query, or when another search of the user has this query
   */
  async patch(userId: number, id: number, { name, query }: PatchSearchDto): Promise<SavedSearchDto> {
    const nulls = Object.entries({ name, query }).filter(([, value]) => value === null);
    if (nulls.length > 0)
      throw new InvalidBody(nulls.map(([field]) => ({ field, message: 'cannot be cleared' })));
    return this.#show(
      await this.#change(userId, async () => {
        const row = await this.#find(userId, id);
        const parsed = parseQuery(query ?? row.query);
        const equal = await this.searches.findByKey(userId, parsed.query_key);
        if (equal && equal.id !== id)
          throw new InvalidBody([{ field: 'query', message: 'is the query of another saved search' }]);
        await this.searches.update(id, { name: name ?? row.name, ...parsed });
        return this.#find(userId, id);
      }),
    );
  }

  /** @throws SearchNotFound */
  async delete(userId: number, id: number): Promise<void> {
    if (!(await this.searches.delete(userId, id))) throw new SearchNotFound();
  }

  /**
   * The matching properties that became public since `seenAt`, the newest first.
   * @throws SearchNotFound
   * @throws InvalidParameters when the cursor belongs to another list
   */
  async listNew(userId: number, { id, limit, seen, cursor }: ListNewPropertiesInput): Promise<PropertyPage> {
    const row = await this.#find(userId, id);
    const scope = JSON.stringify(['new', id, row.query]);
    // A cursor keeps the beginning of its list: `seen=true` does not change the pages after it.
    const position = cursor === undefined ? null : this.cursors.decode(scope, cursor);
    const newest = await this.changes.findNewest();
    const after = position ? Number(position[0]) : row.seen_sequence;
    const to = position ? position[1]! - 1 : newest;
    const { publicIds } = await this.statuses.get();
    const found = await this.newProperties.find([{ id, query: row.query, after, to }], publicIds, limit + 1);
    const { properties, unreadTo } = found.get(id) ?? NOTHING;
    const shown = properties.slice(0, limit);
    const visible = await this.properties.findVisibleByIds(shown.map((item) => item.property_id));
    if (seen) await this.searches.markSeen(id, newest);
    const isFull = properties.length > limit;
    const end = isFull ? shown.at(-1)!.published_sequence : unreadTo && unreadTo + 1;
    return {
      items: shown.flatMap((item) => visible.get(item.property_id) ?? []),
      page: { limit, nextCursor: end === null ? null : this.cursors.encode(scope, [after, end]) },
    };
  }

  async #find(userId: number, id: number): Promise<SavedSearchRow> {
    const row = await this.searches.find(userId, id);
    if (!row) throw new SearchNotFound();
    return row;
  }

  #change<T>(userId: number, work: () => Promise<T>): Promise<T> {
    return inTransaction(
      this.em,
      async () => {
        if (!(await this.searches.lockUser(userId))) throw new SearchNotFound();
        return work();
      },
      READ_COMMITTED,
    );
  }

  async #show(row: SavedSearchRow): Promise<SavedSearchDto> {
    return (await this.#showAll([row]))[0]!;
  }

  async #showAll(rows: readonly SavedSearchRow[]): Promise<SavedSearchDto[]> {
    const { publicIds } = await this.statuses.get();
    const to = await this.changes.findNewest();
    const searches = rows.map(({ id, query, seen_sequence: after }) => ({ id, query, after, to }));
    const found = await this.newProperties.find(searches, publicIds, MAX_NEW + 1);
    return rows.map((row) => toDto(row, found.get(row.id)));
  }
}

function toDto(row: SavedSearchRow, { properties, unreadTo }: FoundNew = NOTHING): SavedSearchDto {
  return {
    id: row.id,
    name: row.name,
    query: row.query,
    createdAt: toUtc(row.created_at, '+00:00') ?? NO_DATE,
    seenAt: toUtc(row.seen_at, '+00:00') ?? NO_DATE,
    new: Math.min(properties.length, MAX_NEW),
    newIsMore: properties.length > MAX_NEW || unreadTo !== null,
  };
}
