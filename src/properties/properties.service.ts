import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { decodeCursor, encodeCursor, type Position } from '../http/pagination.js';
import type { ListPropertiesInput } from './dto/list-properties.input.js';
import { PropertyDto, type PropertyPage, StatusHistoryDto } from './dto/property.dto.js';
import { listScope, toFilter } from './property-filter.js';
import { checkPosition, type SortKey, SORTS } from './property-sort.js';
import { PropertyNotFound } from './property.errors.js';
import { PropertyRepository, type PropertyRow } from './property.repository.js';
import { type NamedStatus, StatusCatalogue } from './status-catalogue.js';

/** What the public may read of the properties. */
@Injectable()
export class PropertiesService {
  readonly #zone: string;

  constructor(
    private readonly properties: PropertyRepository,
    private readonly statuses: StatusCatalogue,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  async listProperties(input: ListPropertiesInput): Promise<PropertyPage> {
    const { limit, sort } = input;
    const filter = toFilter(input);
    const key: SortKey = SORTS[sort];
    const scope = listScope(sort, filter);
    const after = input.cursor === undefined ? null : checkPosition(decodeCursor(scope, input.cursor), key);
    if (filter.statuses.length === 0) {
      return { items: [], page: { limit, nextCursor: null, ...(input.count && { total: 0 }) } };
    }
    const { publicIds } = await this.statuses.get();
    // One more than asked for tells whether there is a next page.
    const [rows, total] = await Promise.all([
      this.properties.findPage(filter, publicIds, key, after, limit + 1),
      input.count ? this.properties.countMatching(filter, publicIds) : undefined,
    ]);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: await this.#present(rows.slice(0, limit)),
      page: {
        limit,
        nextCursor: last ? encodeCursor(scope, positionOf(last, key)) : null,
        ...(total !== undefined && { total }),
      },
    };
  }

  /** @throws PropertyNotFound also when it is hidden. */
  async getProperty(id: number): Promise<PropertyDto> {
    const row = await this.#findVisible(id);
    const [property] = await this.#present([row]);
    return property as PropertyDto;
  }

  /** @throws PropertyNotFound also when it is hidden. */
  async listStatusHistory(id: number): Promise<StatusHistoryDto> {
    await this.#findVisible(id);
    const { byId, publicIds } = await this.statuses.get();
    const rows = await this.properties.findHistory(id, Object.values(publicIds));
    return StatusHistoryDto.from(rows, byId, this.#zone);
  }

  async #findVisible(id: number): Promise<PropertyRow> {
    const row = await this.properties.findVisible(id);
    if (!row) throw new PropertyNotFound();
    return row;
  }

  async #present(rows: readonly PropertyRow[]): Promise<PropertyDto[]> {
    const { byId } = await this.statuses.get(rows.map((row) => row.current_status_id));
    return rows.map((row) =>
      PropertyDto.from(row, byId.get(row.current_status_id as number) as NamedStatus, this.#zone),
    );
  }
}

function positionOf(row: PropertyRow, { column, unknown }: SortKey): Position {
  const value = row[column];
  const isUnknown = unknown !== undefined && (value === null || Number(value) === unknown);
  return [isUnknown ? null : value, row.id];
}
