import { Injectable } from '@nestjs/common';
import { NotSignedIn, NotStaff } from '../../accounts/account.errors.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { Config } from '../../config/config.js';
import { Cursors, type Position } from '../../http/cursors.js';
import { FacetsDto } from '../dto/facets.dto.js';
import type { GetPropertyInput } from '../dto/get-property.input.js';
import type { ListPropertiesInput } from '../dto/list-properties.input.js';
import type { PropertyFilterInput } from '../dto/property-filter.input.js';
import type { PropertyView } from '../dto/property-view.js';
import { PropertyDto, type PropertyPage, StatusHistoryDto } from '../dto/property.dto.js';
import type { VisibilityDto } from '../dto/visibility.dto.js';
import type { SimilarPropertiesDto, SimilarPropertiesInput } from '../dto/similar.dto.js';
import { listScope, toFilter } from '../search/filter.js';
import { checkPosition, type SortKey, SORTS, withNullableStatusSince } from '../search/sort.js';
import { PropertyNotFound } from '../model/property.errors.js';
import type { PropertyRow } from '../model/property-row.js';
import { PropertyRepository } from './property.repository.js';
import { statusIdsOf } from '../facets/facet.js';
import { NewestPagesRepository } from '../facets/newest-pages.repository.js';
import { PropertyCounter } from '../facets/property-counter.js';
import type { FoundRow } from '../search/page-rows.js';
import { SearchRepository } from '../search/search.repository.js';
import { SimilarRepository } from '../search/similar.repository.js';
import { PropertyViews } from './property-views.service.js';
import { dissimilarity, reasonFor } from './similarity.js';
import { StatusCatalogue } from './status-catalogue.js';
import { explainVisibility } from './visibility.js';

/** Reads properties. The public reads visible properties; staff read all. */
@Injectable()
export class PropertiesService {
  constructor(
    private readonly properties: PropertyRepository,
    private readonly search: SearchRepository,
    private readonly newestPages: NewestPagesRepository,
    private readonly counter: PropertyCounter,
    private readonly similar: SimilarRepository,
    private readonly statuses: StatusCatalogue,
    private readonly views: PropertyViews,
    private readonly cursors: Cursors,
    private readonly config: Config,
  ) {}

  /**
   * Finds one page of a list.
   * @throws NotSignedIn when `includeHidden` is true and the caller is not signed in
   * @throws NotStaff when `includeHidden` is true and the caller is not staff
   * @throws InvalidParameters when the cursor belongs to another list
   */
  async listProperties(input: ListPropertiesInput, caller: Caller | null): Promise<PropertyPage> {
    const { limit, includeHidden } = input;
    if (includeHidden) requireStaff(caller);
    const filter = toFilter(input, { includeHidden });
    const sort: SortKey = filter.includeHidden
      ? withNullableStatusSince(SORTS[input.sort])
      : SORTS[input.sort];
    const scope = listScope(input.sort, filter);
    const after =
      input.cursor === undefined ? null : checkPosition(this.cursors.decode(scope, input.cursor), sort);
    if (filter.statuses.length === 0 && !filter.includeHidden) {
      return { items: [], page: { limit, nextCursor: null, ...(input.count && { total: 0 }) } };
    }
    const { publicIds: statusIds } = await this.statuses.get();
    // Reads one row more than `limit`: it tells whether there is a next page.
    const query = { filter, statusIds, sort, after, limit: limit + 1 };
    const [rows, total] = await Promise.all([
      this.newestPages.findPage(query).then((found) => found ?? this.search.findPage(query)),
      input.count ? this.counter.countMatching(filter, statusIds) : undefined,
    ]);
    const position = endPosition(rows, limit);
    return {
      items: await this.views.show(await this.present(rows.slice(0, limit)), input, caller),
      page: {
        limit,
        nextCursor: position && this.cursors.encode(scope, position),
        ...(total !== undefined && { total }),
      },
    };
  }

  async getFacets(input: PropertyFilterInput): Promise<FacetsDto> {
    const { publicIds } = await this.statuses.get();
    const rows = await this.counter.countFacets(toFilter(input), publicIds);
    const { byId } = await this.statuses.get(statusIdsOf(rows));
    return FacetsDto.from(rows, byId);
  }

  /** @throws PropertyNotFound when it does not exist or is hidden */
  async listSimilar(input: SimilarPropertiesInput, caller: Caller | null): Promise<SimilarPropertiesDto> {
    const property = await this.similar.findComparedRow(input.id);
    if (!property) throw new PropertyNotFound();
    const candidates = property.city_key === '' ? [] : await this.similar.findCandidates(property);
    const similar = candidates
      .map((other) => ({ other, steps: dissimilarity(property, other) }))
      .toSorted((a, b) => a.steps - b.steps || b.other.property_id - a.other.property_id)
      .slice(0, input.limit)
      .map(({ other }) => other);
    const shown = await this.findVisibleByIds(
      similar.map((other) => other.property_id),
      input,
      caller,
    );
    return {
      items: similar.flatMap((other) => {
        const item = shown.get(other.property_id);
        return item ? [{ property: item, reason: reasonFor(property, other) }] : [];
      }),
    };
  }

  /** @throws PropertyNotFound when it does not exist, or is hidden and the caller is not staff */
  async getProperty(input: GetPropertyInput, caller: Caller | null): Promise<PropertyDto> {
    const row = await this.properties.findById(input.id);
    const isShown = row && (row.availability !== null || caller?.isStaff);
    if (!isShown) throw new PropertyNotFound();
    const [property] = await this.views.show(await this.present([row]), input, caller);
    return property as PropertyDto;
  }

  /** @throws PropertyNotFound when it does not exist or is hidden */
  async listStatusHistory(id: number): Promise<StatusHistoryDto> {
    await this.requireVisible(id);
    const rows = await this.properties.findDistinctHistory(id);
    const { byId } = await this.statuses.get(rows.map((row) => row.status_id));
    return StatusHistoryDto.from(rows, byId, this.config.database.timezone);
  }

  /** @throws PropertyNotFound when it does not exist or is hidden */
  async requireVisible(id: number): Promise<void> {
    if (!(await this.properties.isVisible(id))) throw new PropertyNotFound();
  }

  /** @returns the visible properties among `ids`, by id */
  async findVisibleByIds(
    ids: readonly number[],
    view: PropertyView = {},
    caller: Caller | null = null,
  ): Promise<Map<number, PropertyDto>> {
    const rows = await this.properties.findVisibleByIds(ids);
    const visible = await this.views.show(await this.present(rows), view, caller);
    return new Map(visible.map((property) => [property.id, property]));
  }

  /** @throws PropertyNotFound when it does not exist; a hidden property is found */
  async explainVisibility(id: number): Promise<VisibilityDto> {
    const row = await this.properties.findById(id);
    if (!row) throw new PropertyNotFound();
    const history = await this.properties.findFullHistory(id);
    const { byId } = await this.statuses.get(history.map((row) => row.status_id));
    const named = history.map((entry) => ({ ...entry, status: byId.get(entry.status_id)?.name ?? '' }));
    const [property] = await this.present([row]);
    return explainVisibility(property as PropertyDto, named, this.config.database.timezone);
  }

  /** Maps rows to responses, with the current status of each. */
  async present(rows: readonly PropertyRow[]): Promise<PropertyDto[]> {
    const { byId } = await this.statuses.get(rows.map((row) => row.current_status_id));
    return rows.map((row) =>
      PropertyDto.from(row, byId.get(row.current_status_id as number), this.config.database.timezone),
    );
  }
}

function requireStaff(caller: Caller | null): void {
  if (!caller) throw new NotSignedIn();
  if (!caller.isStaff) throw new NotStaff(caller);
}

/**
 * The keyset position of the last row of a page.
 * @param rows the page, and the next row if there is one
 * @returns null when no row follows; without an id when the next row has another sort key
 */
function endPosition(rows: readonly FoundRow[], limit: number): Position | null {
  const [last, next] = rows.slice(limit - 1);
  if (!last || !next) return null;
  if (last.sort_key === null) return [null, last.id];
  return [last.sort_key, next.sort_key === last.sort_key ? last.id : null];
}
