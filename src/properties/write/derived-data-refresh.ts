import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { ListingRepository } from './listing.repository.js';
import { SearchWriter } from '../search-index/search-writer.js';

/** Updates derived data after other programs have written the old tables. */
@Injectable()
export class DerivedDataRefresh {
  constructor(
    private readonly em: EntityManager,
    private readonly listings: ListingRepository,
    private readonly search: SearchWriter,
  ) {}

  /**
   * Updates the current status and the search rows of these properties.
   * @returns the ids that were skipped, because other transactions have locked them
   */
  async refresh(ids: readonly number[]): Promise<number[]> {
    const refreshed = await inTransaction(
      this.em,
      async () => {
        const locked = await this.listings.lockSkipLocked(ids);
        if (locked.length === 0) return new Set();
        await this.listings.refreshCurrentStatus(locked);
        await this.search.refresh(locked);
        return new Set(locked);
      },
      READ_COMMITTED,
    );
    const notLocked = ids.filter((id) => !refreshed.has(id));
    // Deleted properties could not be locked either. They need no retry.
    return this.listings.findExisting(notLocked);
  }

  /** The properties among `ids` whose status history was changed by other programs since they were refreshed. */
  findStale(ids: readonly number[]): Promise<number[]> {
    return this.listings.findStale(ids);
  }

  /**
   * Recounts the properties of a city if its count is wrong. That happens when other programs delete properties.
   * @returns whether the count was wrong, and the number of its visible properties
   */
  async recount(cityKey: string): Promise<{ isCorrected: boolean; homes: number }> {
    const { counted, homes } = await this.search.compareCityCount(cityKey);
    if (counted === homes) return { isCorrected: false, homes };
    await inTransaction(this.em, () => this.search.recountCity(cityKey));
    await inTransaction(this.em, () => this.search.recountCountry());
    return { isCorrected: true, homes };
  }

  /** Tells the feed of changes which properties with ids in `(after, to]` other programs have deleted. */
  async withdrawDeleted(after: number, to: number): Promise<void> {
    while (await inTransaction(this.em, () => this.search.withdrawDeleted(after, to), READ_COMMITTED));
  }

  /** The key of the next city, in the order of the keys; undefined after the last. */
  nextCity(after: string): Promise<string | undefined> {
    return this.search.nextCity(after);
  }
}
