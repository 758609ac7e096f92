import { EntityManager, type RequiredEntityData } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { toDatabaseTime } from '../../database/time.js';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { etagOf, isMatch } from '../../http/conditional-requests.js';
import { InvalidBody } from '../../http/problem.js';
import { isBlank } from '../../text/visible.js';
import type { AppendStatusDto, CreatePropertyDto, PatchPropertyDto } from '../dto/edit-property.dto.js';
import { PropertyDto } from '../dto/property.dto.js';
import { refusedColumn, valuesOf } from './property-patch.js';
import { PropertyEditingRepository } from './property-editing.repository.js';
import { PropertyHasChanged, PropertyNotFound } from '../model/property.errors.js';
import type { Property } from '../model/property.entity.js';
import type { PropertyRow } from '../model/property-row.js';
import { PropertyRepository } from '../read/property.repository.js';
import { statusKey } from '../model/status.js';
import { type Catalogue, StatusCatalogue } from '../read/status-catalogue.js';

/** Changes that staff make to a property. Each change and its audit row are one transaction. */
@Injectable()
export class PropertyEditingService {
  constructor(
    private readonly em: EntityManager,
    private readonly statuses: StatusCatalogue,
    private readonly properties: PropertyRepository,
    private readonly editing: PropertyEditingRepository,
    private readonly config: Config,
  ) {}

  /** @throws InvalidBody when the status does not exist, or the database cannot store a text */
  async create({ status, ...fields }: CreatePropertyDto, userId: number): Promise<PropertyDto> {
    const statusId = await this.#statusId(status);
    const now = toDatabaseTime(new Date(), this.config.database.timezone);
    return this.#change(async () => {
      await this.#requireStatus(statusId, status);
      const { id } = await this.editing.create(valuesOf(fields) as RequiredEntityData<Property>);
      await this.editing.appendStatus(id, statusId, now);
      await this.editing.record({
        propertyId: id,
        userId,
        action: 'created',
        changes: { ...fields, status },
      });
      return this.#lock(id);
    });
  }

  /**
   * Changes the given fields. Writes nothing when no value differs.
   * @param ifMatch the `If-Match` header
   * @throws PropertyNotFound
   * @throws PropertyHasChanged when `ifMatch` does not match the current ETag
   * @throws InvalidBody when the location would have only one coordinate or be 0,0, or the database cannot store a text
   */
  async patch(
    id: number,
    fields: PatchPropertyDto,
    ifMatch: string | undefined,
    userId: number,
  ): Promise<PropertyDto> {
    // Read before the transaction: a transaction must not wait for another connection of the pool.
    const { current_status_id: status = null } = (await this.properties.findById(id)) ?? {};
    const catalogue = await this.statuses.get([status]);
    return this.#change(async () => {
      const before = await this.#lock(id);
      const shown = this.#toDto(before, catalogue);
      if (ifMatch !== undefined && !isMatch(ifMatch, etagOf(JSON.stringify(shown))))
        throw new PropertyHasChanged();
      await this.editing.update(before, valuesOf(fields, before));
      const after = await this.#lock(id);
      const changes = changedFields(shown, this.#toDto(after, catalogue));
      if (Object.keys(changes).length > 0)
        await this.editing.record({ propertyId: id, userId, action: 'updated', changes });
      else if (after.updated_at !== before.updated_at) await this.editing.refresh(id);
      else return after;
      // With the columns that are derived from its prices.
      return this.#lock(id);
    });
  }

  /**
   * Adds a status to the status history. Without a time, it becomes the current status.
   * @throws PropertyNotFound
   * @throws InvalidBody when the status does not exist, or its time is in the future
   */
  async appendStatus(id: number, { status, at }: AppendStatusDto, userId: number): Promise<PropertyDto> {
    const statusId = await this.#statusId(status);
    const now = new Date();
    const time = at ? new Date(at) : now;
    if (time > now) throw new InvalidBody([{ field: 'at', message: 'must not be in the future' }]);
    const date = toDatabaseTime(time, this.config.database.timezone);
    return this.#change(async () => {
      await this.#lock(id);
      await this.#requireStatus(statusId, status);
      // A wrong clock may have written a date in the future. The new row must not be older than it.
      const newest = at ? undefined : await this.editing.newestDate(id);
      const since = newest !== undefined && newest > date ? newest : date;
      await this.editing.appendStatus(id, statusId, since);
      await this.editing.record({
        propertyId: id,
        userId,
        action: 'status',
        changes: { status, at: since },
      });
      return this.#lock(id);
    });
  }

  /** @param work returns the row after the change */
  async #change(work: () => Promise<PropertyRow>): Promise<PropertyDto> {
    try {
      const row = await inTransaction(this.em, work, READ_COMMITTED);
      return this.#toDto(row, await this.statuses.get([row.current_status_id]));
    } catch (error) {
      if (error instanceof StatusGone) throw refusedStatus(await this.statuses.reload());
      const field = refusedColumn(error);
      if (field === undefined) throw error;
      throw new InvalidBody([{ field, message: 'has characters that the database cannot store' }]);
    }
  }

  async #statusId(name: string): Promise<number> {
    const id = isBlank(name) ? undefined : await this.statuses.idOf(name);
    if (id !== undefined) return id;
    throw refusedStatus(await this.statuses.get());
  }

  /** @throws StatusGone when another program has deleted or renamed the status since it was read */
  async #requireStatus(id: number, name: string): Promise<void> {
    const current = await this.editing.lockStatus(id);
    if (current === undefined || statusKey(current) !== statusKey(name)) throw new StatusGone();
  }

  async #lock(id: number): Promise<PropertyRow> {
    const row = await this.editing.lock(id);
    if (!row) throw new PropertyNotFound();
    return row;
  }

  #toDto(row: PropertyRow, { byId }: Catalogue): PropertyDto {
    return PropertyDto.from(row, byId.get(row.current_status_id as number), this.config.database.timezone);
  }
}

class StatusGone extends Error {}

function refusedStatus({ byId }: Catalogue): InvalidBody {
  // An old database may have a status without a name.
  const names = [...byId.values()].map((status) => status.name).filter((known) => !isBlank(known));
  return new InvalidBody([{ field: 'status', message: `must be one of ${names.toSorted().join(', ')}` }]);
}

/** The old and new value of each changed field. `updatedAt` is left out: the audit row has its own time. */
function changedFields(before: PropertyDto, after: PropertyDto): object {
  // The days on the market can differ because time has passed.
  const { updatedAt: _, daysOnMarket: __, ...fields } = after;
  return Object.fromEntries(
    Object.entries(fields)
      .map(([field, to]) => [field, { from: before[field as keyof PropertyDto], to }] as const)
      .filter(([, { from, to }]) => JSON.stringify(from) !== JSON.stringify(to)),
  );
}
