import { Injectable } from '@nestjs/common';
import { PropertyRepository } from './property.repository.js';
import type { StatusIds } from '../search/filter-sql.js';
import { PUBLIC_STATUS_NAMES, type PublicStatus, statusKey } from '../model/status.js';

export interface NamedStatus {
  name: string;
  label: string;
}

// Changes of other programs must show within 10 seconds, and cached answers of lists add 8 s (cached-answer.ts).
const MAX_AGE_MS = 2_000;

/**
 * Keeps the rows of `status` in memory, because every list needs them. Other programs add, rename and delete rows, so an
 * unknown id causes one new read of the table. The id may still be unknown after that read.
 */
@Injectable()
export class StatusCatalogue {
  #loading?: Promise<Catalogue>;
  #loadedAt = -Infinity;
  /** Ids that were missing from the table, with the time of that read. It limits how often a missing id causes a read. */
  readonly #missingSince = new Map<number, number>();

  constructor(private readonly properties: PropertyRepository) {}

  /** @param needed status ids; an id that is not in memory may cause a new read */
  async get(needed: readonly (number | null)[] = []): Promise<Catalogue> {
    const loading = this.#current();
    const catalogue = await loading;
    const unknown = needed.filter((id) => id !== null && !catalogue.byId.has(id));
    if (!unknown.some((id) => this.#mayLookUp(id as number))) return catalogue;
    const newer = await this.#loadedAfter(loading);
    const now = performance.now();
    for (const id of unknown as number[]) {
      if (newer.byId.has(id)) this.#missingSince.delete(id);
      else this.#missingSince.set(id, now);
    }
    return newer;
  }

  /** @returns undefined when the table has no status of this name; a name that is not in memory causes a new read */
  async idOf(name: string): Promise<number | undefined> {
    const key = statusKey(name);
    const loading = this.#current();
    return (await loading).idOf.get(key) ?? (await this.#loadedAfter(loading)).idOf.get(key);
  }

  /** Reads the table now. */
  reload(): Promise<Catalogue> {
    this.#loadedAt = -Infinity;
    return this.#current();
  }

  #mayLookUp(id: number): boolean {
    return performance.now() - (this.#missingSince.get(id) ?? -Infinity) > MAX_AGE_MS;
  }

  /** Returns a read that began after `loading`. Another request may have started it already. */
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
  /** Public statuses that the table lacks are absent. */
  readonly publicIds: StatusIds;
}
