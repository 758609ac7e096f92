import type { Listing, SaveOutcome } from '../properties/listing.js';
import type { ListingsService } from '../properties/listings.service.js';
import { type Fault, faultOfAnyRow, ImportError } from './import-error.js';
import type { Row, Verdict } from './map-row.js';
import type { RecordFile, SourceRecord } from './read-records.js';
import type { RejectedFile } from './rejected-file.js';

const BATCH = 500;
// A file without a single fitting row so far is the wrong file or has the wrong map: reading on is of no use.
const HOPELESS_AFTER = 1_000;

/** What became of the rows so far. */
export interface Tally extends Record<SaveOutcome, number> {
  rows: number;
  rejected: number;
  /** How many rows have each kind of fault; a row may have several. */
  readonly kinds: Map<string, number>;
}

export interface RunOptions {
  readonly dryRun: boolean;
  /** Stops it, with what has been read saved. */
  readonly signal: AbortSignal;
  /** Called after every row. */
  readonly progress: (run: ImportRun) => void;
}

interface Waiting {
  readonly record: SourceRecord;
  readonly listing: Listing;
}

/** Brings the records of one file into the database, batch by batch, each whole or not at all. */
export class ImportRun {
  readonly tally: Tally = { rows: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, kinds: new Map() };
  /** The line before which it was stopped; null while it goes on and when it has come to the end. */
  stoppedAt: number | null = null;

  // About 100 bytes a listing: the one thing that grows with the file.
  readonly #lineOf = new Map<string, number>();
  #batch: Waiting[] = [];

  constructor(
    private readonly listings: ListingsService,
    readonly file: RecordFile,
    private readonly mapRow: (row: Row) => Verdict,
    readonly rejected: RejectedFile,
    /** Columns to tell about: those that no field takes, and those that no record has had so far. */
    readonly columns: { readonly ignored: readonly string[]; readonly unseen: Set<string> },
    readonly options: RunOptions,
  ) {}

  /** @throws ImportError when the file can not be read to its end, or is hopeless; what was saved stays */
  async execute(): Promise<void> {
    // By Ctrl-C, or by an error that says nothing about the file: the next run goes further and rejects more rows.
    let interrupted = true;
    try {
      await this.#takeAll();
      await this.#flush();
      interrupted = this.stoppedAt !== null;
      if (!interrupted) this.#refuseHopeless('');
    } catch (error) {
      if (error instanceof ImportError) {
        // The rows before a damaged place are whole.
        await this.#flush();
        interrupted = false;
      }
      throw error;
    } finally {
      await (interrupted ? this.rejected.discard() : this.rejected.keep());
    }
  }

  async #takeAll(): Promise<void> {
    for await (const record of this.file.records) {
      if (this.options.signal.aborted) {
        this.stoppedAt = record.line;
        return;
      }
      await this.#take(record);
      this.options.progress(this);
    }
  }

  async #take(record: SourceRecord): Promise<void> {
    this.tally.rows++;
    for (const column of this.columns.unseen) {
      if (record.value(column) !== undefined) this.columns.unseen.delete(column);
    }
    const { listing, faults } = this.#judge(record);
    if (listing) {
      // A copy: a part of a string keeps the whole alive, here a piece of the file.
      this.#lineOf.set(Buffer.from(listing.externalRef).toString(), record.line);
      this.#batch.push({ record, listing });
      if (this.#batch.length === BATCH) await this.#flush();
    } else {
      await this.#reject(record, faults);
    }
  }

  #judge(record: SourceRecord): Verdict {
    if (record.fault) return { faults: [record.fault] };
    const verdict = this.mapRow(record);
    const earlier = verdict.listing && this.#lineOf.get(verdict.listing.externalRef);
    if (earlier === undefined) return verdict;
    const reason = `externalRef repeats the reference of line ${earlier}`;
    return { faults: [{ kind: 'externalRef repeats that of an earlier row', reason }] };
  }

  async #reject({ line, cells }: SourceRecord, faults: readonly Fault[]): Promise<void> {
    const { tally } = this;
    tally.rejected++;
    for (const { kind } of faults) tally.kinds.set(kind, (tally.kinds.get(kind) ?? 0) + 1);
    await this.rejected.add(line, faults.map(({ reason }) => reason).join('; '), cells);
    if (tally.rows === HOPELESS_AFTER) this.#refuseHopeless('first ');
  }

  #refuseHopeless(which: '' | 'first '): void {
    const { rows, rejected } = this.tally;
    if (rows === 0 || rejected < rows) return;
    const none = rows === 1 && !which ? 'The only row can not' : `None of the ${which}${rows} rows can`;
    throw new ImportError(`${none} be imported: is it the right file and map? The reasons stand above.`);
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    await this.#save(batch);
  }

  async #save(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const listings = batch.map(({ listing }) => listing);
    try {
      const outcomes = await this.listings.save(listings, { dryRun: this.options.dryRun });
      for (const outcome of outcomes) this.tally[outcome]++;
    } catch (error) {
      if (!isBeyondCharacterSet(error)) throw error;
      const suspects = batch.filter(({ listing }) => hasRareCharacters(listing));
      const [first] = suspects;
      if (!first) throw error;
      if (batch.length === 1) return this.#reject(first.record, [BEYOND_CHARACTER_SET]);
      // The others shall not suffer.
      await this.#save(batch.filter(({ listing }) => !hasRareCharacters(listing)));
      for (const waiting of suspects) await this.#save([waiting]);
    }
  }
}

const BEYOND_CHARACTER_SET = faultOfAnyRow(
  'a text has characters that old columns of this database can not hold',
);

// An adopted database may be latin1, which has most of these and a few more.
function hasRareCharacters(listing: Listing): boolean {
  return Object.values(listing).some((value) => typeof value === 'string' && /[\u0100-\uFFFF]/.test(value));
}

function isBeyondCharacterSet(error: unknown): boolean {
  return [1267, 1366, 3854, 3988].includes((error as { errno?: number }).errno ?? 0);
}
