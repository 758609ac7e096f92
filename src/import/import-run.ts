import { isIncomparableText, isUnstorableText } from '../database/server-errors.js';
import type { Listing, SaveOutcome } from '../properties/write/listing.js';
import type { ListingsService } from '../properties/write/listings.service.js';
import { type RowFault, rowFault, ImportError } from './import-error.js';
import type { Row, Verdict } from './map-row.js';
import type { RecordFile, SourceRecord } from './read-records.js';
import type { RejectedFile } from './rejected-file.js';

const BATCH_SIZE = 250;
/**
 * While the database works on one batch, this process works on the other. Another writer may wait for both, because each batch takes the
 * lock of the search tables.
 */
const SAVES_AT_ONCE = 2;
// When all of the first rows are rejected, the file or the mapping is the wrong one.
const GIVE_UP_AFTER_ROWS = 1_000;

/** Outcomes of the rows so far. */
export interface Tally extends Record<SaveOutcome, number> {
  rows: number;
  rejected: number;
  /** Number of rows per kind of fault; a row may have several faults. */
  readonly kinds: Map<string, number>;
}

export interface RunOptions {
  readonly dryRun: boolean;
  /** Stops the import after the batch in memory is saved. */
  readonly signal: AbortSignal;
  /** Called after every row. */
  readonly progress: (run: ImportRun) => void;
}

interface PendingListing {
  readonly record: SourceRecord;
  readonly listing: Listing;
}

/** Imports the records of one file. Each batch is saved in one transaction. */
export class ImportRun {
  readonly tally: Tally = { rows: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, kinds: new Map() };
  /** First line that was not imported; null unless the import was stopped. */
  stoppedAt: number | null = null;

  // The only memory that grows with the file: about 100 bytes per listing.
  readonly #lineByReference = new Map<string, number>();
  #batch: PendingListing[] = [];
  /** The saves of the batches before, oldest first. */
  readonly #saves: Promise<void>[] = [];

  constructor(
    private readonly listings: ListingsService,
    readonly file: RecordFile,
    private readonly mapRow: (row: Row) => Verdict,
    readonly rejected: RejectedFile,
    /** For the summary: columns without a field, and mapped columns that no record has had so far. */
    readonly columns: { readonly ignored: readonly string[]; readonly unseen: Set<string> },
    readonly options: RunOptions,
  ) {}

  /** @throws ImportError when the file cannot be read to its end, or all rows are rejected; saved batches stay */
  async execute(): Promise<void> {
    // By Ctrl-C, or by an error that is not about the file: the next run reads further and rejects more rows.
    let interrupted = true;
    try {
      await this.#importAll();
      await this.#flush();
      interrupted = this.stoppedAt !== null;
      if (!interrupted) this.#refuseIfAllRejected('');
    } catch (error) {
      if (error instanceof ImportError) {
        // The rows before the damaged place are valid.
        await this.#flush();
        interrupted = false;
      }
      throw error;
    } finally {
      await Promise.allSettled(this.#saves);
      await (interrupted ? this.rejected.discard() : this.rejected.keep());
    }
  }

  async #importAll(): Promise<void> {
    for await (const record of this.file.records) {
      if (this.options.signal.aborted) {
        this.stoppedAt = record.line;
        return;
      }
      await this.#importRecord(record);
      this.options.progress(this);
    }
  }

  async #importRecord(record: SourceRecord): Promise<void> {
    this.tally.rows++;
    for (const column of this.columns.unseen) {
      if (record.value(column) !== undefined) this.columns.unseen.delete(column);
    }
    const { listing, faults } = this.#judge(record);
    if (listing) {
      // A copied string: a slice would keep its whole piece of the file in memory.
      this.#lineByReference.set(Buffer.from(listing.externalRef).toString(), record.line);
      this.#batch.push({ record, listing });
      if (this.#batch.length === BATCH_SIZE) await this.#beginSave();
    } else {
      await this.#reject(record, faults);
    }
  }

  #judge(record: SourceRecord): Verdict {
    if (record.fault) return { faults: [record.fault] };
    const verdict = this.mapRow(record);
    const earlier = verdict.listing && this.#lineByReference.get(verdict.listing.externalRef);
    if (earlier === undefined) return verdict;
    const reason = `externalRef repeats the reference of line ${earlier}`;
    return { faults: [{ kind: 'externalRef repeats that of an earlier row', reason }] };
  }

  async #reject({ line, cells }: SourceRecord, faults: readonly RowFault[]): Promise<void> {
    const { tally } = this;
    tally.rejected++;
    for (const { kind } of faults) tally.kinds.set(kind, (tally.kinds.get(kind) ?? 0) + 1);
    await this.rejected.add(line, faults.map(({ reason }) => reason).join('; '), cells);
    if (tally.rows === GIVE_UP_AFTER_ROWS) this.#refuseIfAllRejected('first ');
  }

  #refuseIfAllRejected(which: '' | 'first '): void {
    const { rows, rejected } = this.tally;
    if (rows === 0 || rejected < rows) return;
    const none = rows === 1 && !which ? 'The only row cannot' : `None of the ${which}${rows} rows can`;
    throw new ImportError(
      `${none} be imported: are the file and the map the right ones? The reasons are above.`,
    );
  }

  /** @throws the error of an earlier save */
  async #beginSave(): Promise<void> {
    if (this.#saves.length === SAVES_AT_ONCE) await this.#saves.shift();
    const save = this.#save(this.#batch);
    this.#batch = [];
    // A later #beginSave() or #flush() throws it.
    save.catch(() => {});
    this.#saves.push(save);
  }

  async #flush(): Promise<void> {
    await this.#beginSave();
    await Promise.all(this.#saves);
  }

  async #save(batch: readonly PendingListing[]): Promise<void> {
    if (batch.length === 0) return;
    const listings = batch.map(({ listing }) => listing);
    try {
      const outcomes = await this.listings.save(listings, { dryRun: this.options.dryRun });
      for (const outcome of outcomes) this.tally[outcome]++;
    } catch (error) {
      if (!isUnstorableText(error) && !isIncomparableText(error)) throw error;
      const suspects = batch.filter(({ listing }) => hasRareCharacters(listing));
      const [first] = suspects;
      if (!first) throw error;
      if (batch.length === 1) return this.#reject(first.record, [BEYOND_CHARACTER_SET]);
      // Saves the other listings first, then each suspect alone.
      await this.#save(batch.filter(({ listing }) => !hasRareCharacters(listing)));
      for (const suspect of suspects) await this.#save([suspect]);
    }
  }
}

const BEYOND_CHARACTER_SET = rowFault('a text has characters that old columns of this database cannot hold');

// Candidates only: a latin1 column of an adopted database can store some of these characters.
function hasRareCharacters(listing: Listing): boolean {
  return Object.values(listing).some((value) => typeof value === 'string' && /[\u0100-\uFFFF]/.test(value));
}
