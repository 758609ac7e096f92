import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ServerLock } from '../database/server-lock.js';
import { toDatabaseTime } from '../database/time.js';
import { inTransaction, READ_COMMITTED } from '../database/transaction.js';
import { type Listing, rounded, type SaveOutcome } from './listing.js';
import { ListingRepository, type ListingRow } from './listing.repository.js';
import { pointOf } from './search/location.js';
import { SearchWriter } from './search/search-writer.js';
import { StatusCatalogue } from './status-catalogue.js';

const REBUILD_BATCH = 1_000;
const FILL_LOCK_SECONDS = 3_600;

export interface RebuildReport {
  /** All there are. */
  properties: number;
  /** Those whose current status was not that of their history. */
  statuses: number;
  /** Those that could not be found and counted by what they are. */
  search: number;
}

/** Writes listings in bulk, and recomputes what is derived from them. */
@Injectable()
export class ListingsService {
  readonly #zone: string;

  constructor(
    private readonly em: EntityManager,
    private readonly statuses: StatusCatalogue,
    config: Config,
  ) {
    this.#zone = config.database.timezone;
  }

  /** Whether there is no property at all. */
  isEmpty(): Promise<boolean> {
    return new ListingRepository(this.em).isEmpty();
  }

  /**
   * Creates the listings whose reference is new, brings the others to what is given, and adds to their histories
   * what is missing there; all or nothing. The same listings again change nothing.
   * @param listings of different references; up to a few thousand
   * @throws Error when a status has a name that the database does not know
   */
  async save(listings: readonly Listing[], { dryRun = false } = {}): Promise<SaveOutcome[]> {
    const { idOf } = await this.statuses.get();
    const statusId = (name: string): number => {
      const id = idOf.get(name);
      if (id === undefined) throw new Error(`The database has no status ${JSON.stringify(name)}.`);
      return id;
    };
    const now = new Date();
    return inTransaction(
      this.em,
      async (em) => {
        const store = new ListingRepository(em);
        const standing = await store.lockByExternalRef(listings.map(({ externalRef }) => externalRef));
        const rows = listings.map((listing) => this.#row(listing));
        const outcomes = rows.map((row): SaveOutcome => {
          const old = standing.get(row.external_ref);
          return !old ? 'created' : differs(row, old) ? 'updated' : 'unchanged';
        });
        if (!dryRun) await store.upsert(rows.filter((_, i) => outcomes[i] !== 'unchanged'));

        const ids = await store.idsByExternalRef(rows.map((row) => row.external_ref));
        const wanted = listings.flatMap(({ externalRef, history }, index) =>
          history
            .filter(({ at }) => at !== null || outcomes[index] === 'created')
            .map(({ status, at }) => ({
              index,
              property_id: ids.get(externalRef) ?? 0, // 0: not there, in a dry run only
              status_id: statusId(status),
              update_date: toDatabaseTime(at ?? now, this.#zone),
            })),
        );
        const missing = await store.newSteps(wanted);
        for (const { index } of missing) if (outcomes[index] === 'unchanged') outcomes[index] = 'updated';
        if (!dryRun && missing.length > 0) {
          await store.appendHistory(missing);
          await store.refreshCurrentStatus([...new Set(missing.map((step) => step.property_id))]);
        }
        const touched = outcomes.flatMap((outcome, i) =>
          outcome === 'unchanged' ? [] : rows[i]!.external_ref,
        );
        if (!dryRun) await new SearchWriter(em).refresh(touched.map((ref) => ids.get(ref)!));
        return outcomes;
      },
      READ_COMMITTED,
    );
  }

  /**
   * After a migration: fills the search tables when they are empty or were filled by older rules (SEARCH_RULES). An
   * interrupted run starts again the next time. Of several processes one fills and the others wait.
   * @returns the number of properties that were processed; 0 when the tables are current
   */
  async fill(): Promise<number> {
    const isBuilt = (): Promise<boolean> => new SearchWriter(this.em).isBuilt();
    if (await isBuilt()) return 0;
    return this.em
      .getKysely<never>()
      .connection()
      .execute(async (connection) => {
        const lock = new ServerLock(connection, 'fill');
        if (!(await lock.take(FILL_LOCK_SECONDS)))
          throw new Error('Another process has been filling the search tables for an hour.');
        try {
          return (await isBuilt()) ? 0 : (await this.rebuild()).properties;
        } finally {
          await lock.release();
        }
      });
  }

  /** Recomputes everything derived, in batches and while the service runs, and tells what had been wrong. */
  async rebuild(): Promise<RebuildReport> {
    const report = { properties: 0, statuses: 0, search: 0 };
    for (let after: number | undefined = 0; after !== undefined;) {
      const start: number = after;
      after = await inTransaction(this.em, (em) => this.#rebuildBatch(em, start, report), READ_COMMITTED);
    }
    // What was counted of homes that other programs have deleted is still in the counts.
    for (const city of await new SearchWriter(this.em).cityKeys()) {
      await inTransaction(this.em, (em) => new SearchWriter(em).recount(city));
    }
    await inTransaction(this.em, (em) => new SearchWriter(em).recountAll());
    await new SearchWriter(this.em).markBuilt(toDatabaseTime(new Date(), this.#zone));
    return report;
  }

  /** @returns where the next batch starts; undefined after the last */
  async #rebuildBatch(em: EntityManager, after: number, report: RebuildReport): Promise<number | undefined> {
    const store = new ListingRepository(em);
    const ids = await store.lockBatch(after, REBUILD_BATCH);
    if (ids.length === 0) return undefined;
    const statuses = await store.refreshCurrentStatus(ids);
    const search = await new SearchWriter(em).refresh(ids);
    // Only now: a batch that is given up for a lock and run again is counted once.
    report.properties += ids.length;
    report.statuses += statuses;
    report.search += search;
    return ids.at(-1);
  }

  #row(listing: Listing): ListingRow {
    const point = pointOf({
      latitude: rounded(listing.latitude, 6),
      longitude: rounded(listing.longitude, 6),
    });
    return {
      external_ref: listing.externalRef,
      // Unknown is written as the old columns write it.
      address: listing.address ?? '',
      city: listing.city,
      price: listing.price ?? 0,
      description: listing.description ?? null,
      year: listing.year ?? null,
      neighbourhood: listing.neighbourhood ?? null,
      property_type: listing.propertyType ?? null,
      area: rounded(listing.area, 2),
      bedrooms: listing.bedrooms ?? null,
      bathrooms: listing.bathrooms ?? null,
      parking_spots: listing.parkingSpots ?? null,
      stratum: listing.stratum ?? null,
      latitude: point?.lat ?? null,
      longitude: point?.lng ?? null,
      currency: listing.currency ?? null,
      ...(listing.createdAt && { created_at: toDatabaseTime(listing.createdAt, this.#zone) }),
    };
  }
}

function differs(row: ListingRow, old: ListingRow): boolean {
  return Object.entries(row).some(([column, value]) => {
    if (column === 'created_at') return false;
    const before: unknown = old[column as keyof ListingRow];
    // The driver gives decimals and large integers as text.
    return typeof value === 'number' ? before === null || Number(before) !== value : before !== value;
  });
}
