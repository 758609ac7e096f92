import type { EntityManager } from '@mikro-orm/mysql';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { ListingRepository } from './listing.repository.js';
import { SearchWriter } from '../search-index/search-writer.js';

/** Brings what is derived from the old tables up to date with what other programs have written there. */
export class DerivedDataRefresh {
  /** @param em whose connection does all of it */
  constructor(private readonly em: EntityManager) {}

  /**
   * The current status of these properties, and what they are found and counted by.
   * @returns those that others have locked, for which it was not done
   */
  async refresh(ids: readonly number[]): Promise<number[]> {
    const done = await inTransaction(
      this.em,
      async (em) => {
        const store = new ListingRepository(em);
        const locked = await store.lockFree(ids);
        if (locked.length === 0) return new Set();
        await store.refreshCurrentStatus(locked);
        await new SearchWriter(em).refresh(locked);
        return new Set(locked);
      },
      READ_COMMITTED,
    );
    const others = ids.filter((id) => !done.has(id));
    // The rest were deleted.
    return new ListingRepository(this.em).present(others);
  }

  /**
   * Counts the homes of a city anew where they are not as many as are counted: others have deleted some.
   * @returns whether that was so
   */
  async recount(cityKey: string): Promise<boolean> {
    if (await new SearchWriter(this.em).isCounted(cityKey)) return false;
    await inTransaction(this.em, (em) => new SearchWriter(em).recount(cityKey));
    await inTransaction(this.em, (em) => new SearchWriter(em).recountAll());
    return true;
  }

  /** The first city after this one, in the order of their keys; undefined after the last. */
  nextCity(after: string): Promise<string | undefined> {
    return new SearchWriter(this.em).nextCity(after);
  }
}
