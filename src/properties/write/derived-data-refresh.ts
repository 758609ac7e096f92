import type { EntityManager } from '@mikro-orm/mysql';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { ListingRepository } from './listing.repository.js';
import { SearchWriter } from '../search-index/search-writer.js';

/** Updates derived data after other programs have written the old tables. */
export class DerivedDataRefresh {
  /** @param em the EntityManager whose connection runs all statements */
  constructor(private readonly em: EntityManager) {}

  /**
   * Updates the current status and the search rows of these properties.
   * @returns the ids that were skipped, because other transactions have locked them
   */
  async refresh(ids: readonly number[]): Promise<number[]> {
    const refreshed = await inTransaction(
      this.em,
      async (em) => {
        const repository = new ListingRepository(em);
        const locked = await repository.lockSkipLocked(ids);
        if (locked.length === 0) return new Set();
        await repository.refreshCurrentStatus(locked);
        await new SearchWriter(em).refresh(locked);
        return new Set(locked);
      },
      READ_COMMITTED,
    );
    const notLocked = ids.filter((id) => !refreshed.has(id));
    // Deleted properties could not be locked either. They need no retry.
    return new ListingRepository(this.em).findExisting(notLocked);
  }

  /**
   * Recounts the properties of a city if its count is wrong. That happens when other programs delete properties.
   * @returns whether the count was wrong, and the number of its visible properties
   */
  async recount(cityKey: string): Promise<{ isCorrected: boolean; homes: number }> {
    const { counted, homes } = await new SearchWriter(this.em).compareCityCount(cityKey);
    if (counted === homes) return { isCorrected: false, homes };
    await inTransaction(this.em, (em) => new SearchWriter(em).recountCity(cityKey));
    await inTransaction(this.em, (em) => new SearchWriter(em).recountCountry());
    return { isCorrected: true, homes };
  }

  /** The key of the next city, in the order of the keys; undefined after the last. */
  nextCity(after: string): Promise<string | undefined> {
    return new SearchWriter(this.em).nextCity(after);
  }
}
