import { EntityManager } from '@mikro-orm/mysql';
import { Injectable } from '@nestjs/common';
import pMap from 'p-map';
import { Config } from '../../config/config.js';
import { AdvisoryLock } from '../../database/advisory-lock.js';
import { toDatabaseTime } from '../../database/time.js';
import { inTransaction, READ_COMMITTED } from '../../database/transaction.js';
import { type Listing, rounded, type SaveOutcome } from './listing.js';
import { ListingRepository, type ListingRow } from './listing.repository.js';
import { toColumn } from '../model/photo.js';
import { pointOf } from '../model/location.js';
import { SearchWriter } from '../search-index/search-writer.js';
import { StatusCatalogue } from '../read/status-catalogue.js';

const REBUILD_BATCH_SIZE = 1_000;
// While the database works on one batch, this process works on the other.
const BATCHES_AT_ONCE = 2;
const FILL_LOCK_SECONDS = 3_600;

export interface RebuildReport {
  /** All properties. */
  properties: number;
  /** Properties whose current status was wrong. */
  statuses: number;
  /** Properties whose rows in the search tables were wrong or missing. */
  search: number;
}

/** Writes listings in bulk, and rebuilds the derived data. */
@Injectable()
export class ListingsService {
  constructor(
    private readonly em: EntityManager,
    private readonly statuses: StatusCatalogue,
    private readonly listings: ListingRepository,
    private readonly search: SearchWriter,
    private readonly config: Config,
  ) {}

  /**
   * Inserts new listings, updates stored ones, and adds missing rows to the status histories, in one transaction. Saving
   * the same listings again changes nothing.
   * @param listings up to a few thousand, each with another reference
   * @param options.dryRun computes the outcomes and writes nothing
   * @returns the outcome of each listing, in the order of `listings`
   * @throws Error when the database has no status of a given name
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
      async () => {
        const stored = await this.listings.lockByExternalRef(listings.map(({ externalRef }) => externalRef));
        const rows = listings.map((listing) => this.#row(listing));
        const outcomes = rows.map((row): SaveOutcome => {
          const old = stored.get(row.external_ref);
          return !old ? 'created' : differs(row, old) ? 'updated' : 'unchanged';
        });
        if (!dryRun) await this.listings.upsert(rows.filter((_, i) => outcomes[i] !== 'unchanged'));

        const ids = await this.listings.idsByExternalRef(rows.map((row) => row.external_ref));
        const given = listings.flatMap(({ externalRef, history }, index) =>
          history
            .filter(({ at }) => at !== null || outcomes[index] === 'created')
            .map(({ status, at }) => ({
              index,
              property_id: ids.get(externalRef) ?? 0, // 0: a new property in a dry run, which has no id
              status_id: statusId(status),
              update_date: toDatabaseTime(at ?? now, this.config.database.timezone),
            })),
        );
        const missing = await this.listings.missingHistory(given);
        for (const { index } of missing) if (outcomes[index] === 'unchanged') outcomes[index] = 'updated';
        const changed = outcomes.flatMap((outcome, i) =>
          outcome === 'unchanged' ? [] : ids.get(rows[i]!.external_ref)!,
        );
        if (dryRun || changed.length === 0) return outcomes;
        if (missing.length > 0) await this.listings.appendHistory(missing);
        // It reads the status of all changed properties: another program may have hidden one, and the price log has no price of a hidden time.
        await this.listings.refreshCurrentStatus(changed);
        await this.search.refresh(changed, { changed: true });
        return outcomes;
      },
      READ_COMMITTED,
    );
  }

  /**
   * Fills the search tables after a migration, if they were never filled or were filled by older rules (SEARCH_RULES).
   * After an interruption, the next call starts again. Of several processes one fills and the others wait.
   * @returns how many properties were processed; 0 when the tables are current
   */
  async fill(): Promise<number> {
    const isBuilt = (): Promise<boolean> => this.search.isBuilt();
    if (await isBuilt()) return 0;
    return this.em
      .getKysely<never>()
      .connection()
      .execute(async (connection) => {
        const lock = new AdvisoryLock(connection, 'fill');
        if (!(await lock.take(FILL_LOCK_SECONDS)))
          throw new Error('Another process has been filling the search tables for an hour.');
        try {
          return (await isBuilt()) ? 0 : (await this.rebuild()).properties;
        } finally {
          await lock.release();
        }
      });
  }

  /** Recomputes all derived data in batches while the service runs, and reports how much was wrong. */
  async rebuild(): Promise<RebuildReport> {
    const report = { properties: 0, statuses: 0, search: 0 };
    await pMap(
      this.#batches(),
      (ids) => inTransaction(this.em, () => this.#rebuildBatch(ids, report), READ_COMMITTED),
      { concurrency: BATCHES_AT_ONCE },
    );
    while (
      await inTransaction(
        this.em,
        () => this.search.withdrawDeleted(0, Number.MAX_SAFE_INTEGER),
        READ_COMMITTED,
      )
    );
    // Properties that other programs deleted are still in the counts.
    for (const city of await this.search.cityKeys()) {
      await inTransaction(this.em, () => this.search.recountCity(city));
    }
    await inTransaction(this.em, () => this.search.recountCountry());
    await this.search.markBuilt(toDatabaseTime(new Date(), this.config.database.timezone));
    return report;
  }

  async *#batches(): AsyncGenerator<number[]> {
    for (let after = 0; ;) {
      const ids = await this.listings.findIds(after, REBUILD_BATCH_SIZE);
      if (ids.length > 0) yield ids;
      if (ids.length < REBUILD_BATCH_SIZE) return;
      after = ids.at(-1)!;
    }
  }

  async #rebuildBatch(batch: readonly number[], report: RebuildReport): Promise<void> {
    const ids = await this.listings.lock(batch);
    if (ids.length === 0) return;
    const statuses = await this.listings.refreshCurrentStatus(ids);
    const search = await this.search.refresh(ids);
    // Counted at the end: a transaction that fails on a lock runs again, and must count once.
    report.properties += ids.length;
    report.statuses += statuses;
    report.search += search;
  }

  #row(listing: Listing): ListingRow {
    const point = pointOf({
      latitude: rounded(listing.latitude, 6),
      longitude: rounded(listing.longitude, 6),
    });
    return {
      external_ref: listing.externalRef,
      // The old columns store an unknown value as '' or 0.
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
      ...(listing.photos !== undefined && { photos: toColumn(listing.photos) }),
      ...(listing.createdAt && {
        created_at: toDatabaseTime(listing.createdAt, this.config.database.timezone),
      }),
    };
  }
}

function differs(row: ListingRow, old: ListingRow): boolean {
  return Object.entries(row).some(([column, value]) => {
    if (column === 'created_at') return false;
    return old[column as keyof ListingRow] !== value;
  });
}
