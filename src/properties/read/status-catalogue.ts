import { Injectable } from '@nestjs/common';
import { PropertyRepository } from './property.repository.js';
import type { StatusIds } from '../search/filter-sql.js';
import { PUBLIC_STATUS_NAMES, type PublicStatus, statusKey } from '../model/status.js';

export interface NamedStatus {
  name: string;
  label: string;
}

// Other programs' changes show within 10 seconds.
const MAX_AGE_MS = 5_000;

/**
 * The rows of `status` in memory: every list needs them. Other programs add, rename and delete rows: an id that is not in
 * it makes one read of the table, and may still be unknown after it.
 */
@Injectable()
export class StatusCatalogue {
  #loading?: Promise<Catalogue>;
  #loadedAt = -Infinity;
  /** Ids that the table did not have, and when it was read for them: they are not looked for at every request. */
  readonly #missingSince = new Map<number, number>();

  constructor(private readonly properties: PropertyRepository) {}

  /** @param needed ids of rows that may be younger than the last read of the table */
  async get(needed: readonly (number | null)[] = []): Promise<Catalogue> {
    const loading = this.#current();
    const catalogue = await loading;
    const unknown = needed.filter((id) => id !== null && !catalogue.byId.has(id));
    if (!unknown.some((id) => this.#isWorthLooking(id as number))) return catalogue;
    const newer = await this.#loadedAfter(loading);
    const now = performance.now();
    for (const id of unknown as number[]) {
      if (newer.byId.has(id)) this.#missingSince.delete(id);
      else this.#missingSince.set(id, now);
    }
    return newer;
  }

  /** @returns undefined when there is none of this name, however young */
  async idOf(name: string): Promise<number | undefined> {
    const key = statusKey(name);
    const loading = this.#current();
    return (await loading).idOf.get(key) ?? (await this.#loadedAfter(loading)).idOf.get(key);
  }

  /** The table as it is now. */
  reload(): Promise<Catalogue> {
    this.#loadedAt = -Infinity;
    return this.#current();
  }

  #isWorthLooking(id: number): boolean {
    return performance.now() - (this.#missingSince.get(id) ?? -Infinity) > MAX_AGE_MS;
  }

  /** A read that began after this one: another request may have begun it already. */
  #loadedAfter(loading: Promise<Catalogue>): Promise<Catalogue> {
    return this.#loading === loading ? this.reload() : this.#current();
  }

  #current(): Promise<Catalogue> {
    const now = performance.now();
    if (!this.#loading || now - this.#loadedAt > MAX_AGE_MS) {
      this.#loadedAt = now;
      this.#loading = this.#load();
      this.#loading.catch(() => (this.#loadedAt = -Infinity));
    }
    return this.#loading;
  }

  async #load(): Promise<Catalogue> {
    const rows = await this.properties.findStatuses();
    const byId = new Map(rows.map(({ id, name, label }) => [id, { name, label }]));
    const idOf = new Map(rows.map(({ id, name }) => [statusKey(name), id]));
    const publicIds: Partial<Record<PublicStatus, number>> = {};
    for (const name of PUBLIC_STATUS_NAMES) {
      const id = idOf.get(name);
      if (id !== undefined) publicIds[name] = id;
    }
    return { byId, idOf, publicIds };
  }
}

export interface Catalogue {
  readonly byId: ReadonlyMap<number, NamedStatus>;
  readonly idOf: ReadonlyMap<string, number>;
  /** Without the public statuses that the table does not have. */
  readonly publicIds: StatusIds;
}
