import { Injectable } from '@nestjs/common';
import { PropertyRepository } from './property.repository.js';
import type { StatusIds } from './search/conditions.js';
import { PUBLIC_STATUS_NAMES } from './status.js';

export interface NamedStatus {
  name: string;
  label: string;
}

// Other programs' changes show within 10 seconds.
const MAX_AGE_MS = 5_000;

/** The few rows of `status` in memory: every list needs them. */
@Injectable()
export class StatusCatalogue {
  #loading?: Promise<Catalogue>;
  #loadedAt = -Infinity;

  constructor(private readonly properties: PropertyRepository) {}

  /** @param needed ids that must be in it, however young they are */
  async get(needed: readonly (number | null)[] = []): Promise<Catalogue> {
    const catalogue = await this.#current();
    if (needed.every((id) => id === null || catalogue.byId.has(id))) return catalogue;
    this.#loadedAt = -Infinity;
    return this.#current();
  }

  /** @returns undefined when there is none of this name, however young */
  async idOf(name: string): Promise<number | undefined> {
    const key = name.trimEnd().toLowerCase();
    const known = (await this.#current()).idOf.get(key);
    if (known !== undefined) return known;
    this.#loadedAt = -Infinity;
    return (await this.#current()).idOf.get(key);
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
    // As the database compares names: without regard to case and to blanks at the end.
    const idOf = new Map(rows.map(({ id, name }) => [name.trimEnd().toLowerCase(), id]));
    const publicIds = Object.fromEntries(PUBLIC_STATUS_NAMES.map((name) => [name, idOf.get(name)]));
    return { byId, idOf, publicIds };
  }
}

export interface Catalogue {
  readonly byId: ReadonlyMap<number, NamedStatus>;
  readonly idOf: ReadonlyMap<string, number>;
  readonly publicIds: StatusIds;
}
