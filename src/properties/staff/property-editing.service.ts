import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { toDatabaseTime } from '../../database/time.js';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { etagOf, isMatch } from '../../http/conditional-requests.js';
import { InvalidBody } from '../../http/problem.js';
import { isBlank } from '../../text/visible.js';
import type { AppendStatusDto, CreatePropertyDto, PatchPropertyDto } from '../dto/edit-property.dto.js';
import { PropertyDto } from '../dto/property.dto.js';
import { changesOf, columnsOf, refusedColumn } from './property-patch.js';
import { type EditableRow, PropertyEditingRepository } from './property-editing.repository.js';
import { PropertyHasChanged, PropertyNotFound } from '../model/property.errors.js';
import type { PropertyRow } from '../model/property-row.js';
import { PropertyRepository } from '../read/property.repository.js';
import { statusKey } from '../model/status.js';
import { type Catalogue, StatusCatalogue } from '../read/status-catalogue.js';

/** What staff change in a home. Each change is one transaction with the line that says who made it. */
@Injectable()
export class PropertyEditingService {
  readonly #zone: string;

  constructor(
    private readonly em: EntityManager,
    private readonly statuses: StatusCatalogue,
    private readonly properties: PropertyRepository,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /** @throws InvalidBody when there is no such status, or the database can not keep a text */
  async create({ status, ...fields }: CreatePropertyDto, userId: number): Promise<PropertyDto> {
    const statusId = await this.#statusId(status);
    const now = toDatabaseTime(new Date(), this.#zone);
    return this.#change(async (store) => {
      await this.#requireStatus(store, statusId, status);
      const id = await store.insert(columnsOf(fields) as EditableRow);
      await store.appendStatus(id, statusId, now);
      await store.record({
        property_id: id,
        user_id: userId,
        action: 'created',
        changes: { ...fields, status },
      });
      return store.written(id);
    });
  }

  /**
   * Changes what is given and leaves the rest; what does not differ is no change.
   * @param ifMatch an `If-Match` header
   * @throws PropertyNotFound
   * @throws PropertyHasChanged when the state that `ifMatch` names is not the present one
   * @throws InvalidBody when a location would have one coordinate or be 0/0, or the database can not keep a text
   */
  async patch(
    id: number,
    fields: PatchPropertyDto,
    ifMatch: string | undefined,
    userId: number,
  ): Promise<PropertyDto> {
    // Before the transaction, which must not wait for another connection.
    const { current_status_id: status = null } = (await this.properties.findById(id)) ?? {};
    const catalogue = await this.statuses.get([status]);
    return this.#change(async (store) => {
      const before = await this.#lock(store, id);
      const shown = this.#present(before, catalogue);
      if (ifMatch !== undefined && !isMatch(ifMatch, etagOf(JSON.stringify(shown))))
        throw new PropertyHasChanged();
      const changes = changesOf(before, columnsOf(fields, before));
      if (changes.size === 0) return before;
      await store.update(id, Object.fromEntries(changes));
      const after = await store.written(id);
      await store.record({
        property_id: id,
        user_id: userId,
        action: 'updated',
        changes: differenceOf(shown, this.#present(after, catalogue)),
      });
      return after;
    });
  }

  /**
   * Adds a status to the history. Without a time it is the current one from now on.
   * @throws PropertyNotFound
   * @throws InvalidBody when there is no such status, or its time is in the future
   */
  async appendStatus(id: number, { status, at }: AppendStatusDto, userId: number): Promise<PropertyDto> {
    const statusId = await this.#statusId(status);
    const now = new Date();
    const moment = at ? new Date(at) : now;
    if (moment > now) throw new InvalidBody([{ field: 'at', message: 'must not be in the future' }]);
    const date = toDatabaseTime(moment, this.#zone);
    return this.#change(async (store) => {
      await this.#lock(store, id);
      await this.#requireStatus(store, statusId, status);
      // A wrong clock may have dated the newest row in the future.
      const newest = at ? undefined : await store.newestDate(id);
      const dated = newest !== undefined && newest > date ? newest : date;
      await store.appendStatus(id, statusId, dated);
      await store.record({
        property_id: id,
        user_id: userId,
        action: 'status',
        changes: { status, at: dated },
      });
      return store.written(id);
    });
  }

  /** @param work gives the row as it leaves it */
  async #change(work: (store: PropertyEditingRepository) => Promise<PropertyRow>): Promise<PropertyDto> {
    try {
      const row = await inTransaction(
        this.em,
        (em) => work(new PropertyEditingRepository(em)),
        READ_COMMITTED,
      );
      return this.#present(row, await this.statuses.get([row.current_status_id]));
    } catch (error) {
      if (error instanceof StatusGone) throw refusedStatus(await this.statuses.reload());
      const field = refusedColumn(error);
      if (field === undefined) throw error;
      throw new InvalidBody([{ field, message: 'has characters that the database can not keep' }]);
    }
  }

  async #statusId(name: string): Promise<number> {
    const id = isBlank(name) ? undefined : await this.statuses.idOf(name);
    if (id !== undefined) return id;
    throw refusedStatus(await this.statuses.get());
  }

  /** @throws StatusGone when another program has deleted or renamed it since the statuses were read */
  async #requireStatus(store: PropertyEditingRepository, id: number, name: string): Promise<void> {
    const now = await store.shareStatus(id);
    if (now === undefined || statusKey(now) !== statusKey(name)) throw new StatusGone();
  }

  async #lock(store: PropertyEditingRepository, id: number): Promise<PropertyRow> {
    const row = await store.lock(id);
    if (!row) throw new PropertyNotFound();
    return row;
  }

  #present(row: PropertyRow, { byId }: Catalogue): PropertyDto {
    return PropertyDto.from(row, byId.get(row.current_status_id as number), this.#zone);
  }
}

class StatusGone extends Error {}

function refusedStatus({ byId }: Catalogue): InvalidBody {
  // An old database has a status without a name.
  const names = [...byId.values()].map((status) => status.name).filter((known) => !isBlank(known));
  return new InvalidBody([{ field: 'status', message: `must be one of ${names.toSorted().join(', ')}` }]);
}

/** Of each field that is not what it was: both. When it was changed is said beside it. */
function differenceOf(before: PropertyDto, after: PropertyDto): object {
  const { updatedAt: _, ...fields } = after;
  return Object.fromEntries(
    Object.entries(fields)
      .map(([field, to]) => [field, { from: before[field as keyof PropertyDto], to }] as const)
      .filter(([, { from, to }]) => JSON.stringify(from) !== JSON.stringify(to)),
  );
}
