import { Injectable } from '@nestjs/common';
import { NotSignedIn, NotStaff } from '../../accounts/account.errors.js';
import type { Caller } from '../../accounts/caller-cache.js';
import { Config } from '../../config/config.js';
import { decodeCursor, encodeCursor, type Position } from '../../http/pagination.js';
import { FacetsDto } from '../dto/facets.dto.js';
import type { ListPropertiesInput } from '../dto/list-properties.input.js';
import type { PropertyFilterInput } from '../dto/property-filter.input.js';
import { PropertyDto, type PropertyPage, StatusHistoryDto } from '../dto/property.dto.js';
import type { VisibilityDto } from '../dto/visibility.dto.js';
import type { SimilarPropertiesDto, SimilarPropertiesInput } from '../dto/similar.dto.js';
import { listScope, toFilter } from '../search/filter.js';
import { checkPosition, type SortKey, SORTS, withoutStatus } from '../search/sort.js';
import { PropertyNotFound } from '../model/property.errors.js';
import type { PropertyRow } from '../model/property-row.js';
import { PropertyRepository } from './property.repository.js';
import { FacetRepository, statusIdsOf } from '../search/facet.repository.js';
import type { FoundRow } from '../search/page-rows.js';
import { SearchRepository } from '../search/search.repository.js';
import { SimilarRepository } from '../search/similar.repository.js';
import { difference, reasonFor } from './similarity.js';
import { StatusCatalogue } from './status-catalogue.js';
import { explainVisibility } from './visibility.js';

/** What may be read of the properties: by the public the visible ones, by staff all. */
@Injectable()
export class PropertiesService {
  readonly #zone: string;

  constructor(
    private readonly properties: PropertyRepository,
    private readonly search: SearchRepository,
    private readonly facets: FacetRepository,
    private readonly similar: SimilarRepository,
    private readonly statuses: StatusCatalogue,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /**
   * @throws NotSignedIn when hidden homes are asked for by nobody
   * @throws NotStaff when they are by somebody else
   */
  async listProperties(input: ListPropertiesInput, caller: Caller | null): Promise<PropertyPage> {
    const { limit, includeHidden } = input;
    if (includeHidden) requireStaff(caller);
    const filter = toFilter(input, { includeHidden });
    const sort: SortKey = filter.includeHidden ? withoutStatus(SORTS[input.sort]) : SORTS[input.sort];
    const scope = listScope(input.sort, filter);
    const after = input.cursor === undefined ? null : checkPosition(decodeCursor(scope, input.cursor), sort);
    if (filter.statuses.length === 0 && !filter.includeHidden) {
      return { items: [], page: { limit, nextCursor: null, ...(input.count && { total: 0 }) } };
    }
    const { publicIds: statusIds } = await this.statuses.get();
    // One more than asked for tells whether there is a next page.
    const [rows, total] = await Promise.all([
      this.search.findPage({ filter, statusIds, sort, after, limit: limit + 1 }),
      input.count ? this.facets.countMatching(filter, statusIds) : undefined,
    ]);
    const position = endOf(rows, limit);
    return {
      items: await this.present(rows.slice(0, limit)),
      page: {
        limit,
        nextCursor: position && encodeCursor(scope, position),
        ...(total !== undefined && { total }),
      },
    };
  }

  async getFacets(input: PropertyFilterInput): Promise<FacetsDto> {
    const { publicIds } = await this.statuses.get();
    const rows = await this.facets.countFacets(toFilter(input), publicIds);
    const { byId } = await this.statuses.get(statusIdsOf(rows));
    return FacetsDto.from(rows, byId);
  }

  /** @throws PropertyNotFound also when it is hidden. */
  async listSimilar({ id, limit }: SimilarPropertiesInput): Promise<SimilarPropertiesDto> {
    const home = await this.similar.findVisible(id);
    if (!home) throw new PropertyNotFound();
    const candidates = home.city_key === '' ? [] : await this.similar.findCandidates(home);
    const alike = candidates
      .map((other) => ({ other, difference: difference(home, other) }))
      .toSorted((a, b) => a.difference - b.difference || b.other.property_id - a.other.property_id)
      .slice(0, limit)
      .map(({ other }) => other);
    const properties = await this.findVisible(alike.map((other) => other.property_id));
    return {
      items: alike.flatMap((other) => {
        const property = properties.get(other.property_id);
        return property ? [{ property, reason: reasonFor(home, other) }] : [];
      }),
    };
  }

  /** @throws PropertyNotFound also when it is hidden, unless staff ask */
  async getProperty(id: number, caller: Caller | null): Promise<PropertyDto> {
    const row = await (caller?.isStaff ? this.properties.findById(id) : this.properties.findVisible(id));
    if (!row) throw new PropertyNotFound();
    const [property] = await this.present([row]);
    return property as PropertyDto;
  }

  /** @throws PropertyNotFound also when it is hidden. */
  async listStatusHistory(id: number): Promise<StatusHistoryDto> {
    await this.#findVisible(id);
    const rows = await this.properties.findHistory(id);
    const { byId } = await this.statuses.get(rows.map((row) => row.status_id));
    return StatusHistoryDto.from(rows, byId, this.#zone);
  }

  /** @throws PropertyNotFound also when it is hidden. */
  async requireVisible(id: number): Promise<void> {
    if (!(await this.properties.isVisible(id))) throw new PropertyNotFound();
  }

  /** Those of them that are visible, by id. */
  async findVisible(ids: readonly number[]): Promise<Map<number, PropertyDto>> {
    const visible = await this.present(await this.properties.findVisibleByIds(ids));
    return new Map(visible.map((property) => [property.id, property]));
  }

  async #findVisible(id: number): Promise<PropertyRow> {
    const row = await this.properties.findVisible(id);
    if (!row) throw new PropertyNotFound();
    return row;
  }

  /** @throws PropertyNotFound only when it does not exist */
  async explainVisibility(id: number): Promise<VisibilityDto> {
    const row = await this.properties.findById(id);
    if (!row) throw new PropertyNotFound();
    const history = await this.properties.findWholeHistory(id);
    const { byId } = await this.statuses.get(history.map((step) => step.status_id));
    const named = history.map((step) => ({ ...step, status: byId.get(step.status_id)?.name ?? '' }));
    const [property] = await this.present([row]);
    return explainVisibility(property as PropertyDto, named, this.#zone);
  }

  /** Rows as they are shown. */
  async present(rows: readonly PropertyRow[]): Promise<PropertyDto[]> {
    const { byId } = await this.statuses.get(rows.map((row) => row.current_status_id));
    return rows.map((row) => PropertyDto.from(row, byId.get(row.current_status_id as number), this.#zone));
  }
}

function requireStaff(caller: Caller | null): void {
  if (!caller) throw new NotSignedIn();
  if (!caller.isStaff) throw new NotStaff();
}

/** Where a page of `limit` rows ends; null when there is no row after it. */
function endOf(rows: readonly FoundRow[], limit: number): Position | null {
  const [last, next] = rows.slice(limit - 1);
  if (!last || !next) return null;
  if (last.sort_key === null) return [null, last.id];
  return [last.sort_key, next.sort_key === last.sort_key ? last.id : null];
}
