import { AsyncLocalStorage } from 'node:async_hooks';
import { EntityManager } from '@mikro-orm/mysql';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { NextRun } from '../../cache/next-run.js';
import { inTransaction, onPrimary } from '../../database/transaction.js';
import { CallerRefused } from '../../http/caller.js';
import { SearchThrottle } from '../search/throttle.js';
import { ColumnRepository, type SearchState } from './column.repository.js';
import { PropertyColumns, type ReadRow } from './property-columns.js';

/** Rows per statement while the columns are loaded. A page occupies the event loop for about 10 ms. */
const PAGE_ROWS = 2_000;
/** The columns of more properties would take too much memory, and a count too much time of the event loop. */
const MAX_VISIBLE_PROPERTIES = 2_000_000;
/** After more changes at a time, the columns are loaded again. */
const MAX_CHANGED_ROWS = 20_000;
/** After a load no other one begins for so many times its duration. */
const PAUSE_FACTOR = 5;
/** Rows per statement that looks for a word. */
const WORD_RANGE_ROWS = 50_000;
/** Loaded columns also follow between two counts, so that a count finds few changes. */
const FOLLOW_MS = 5_000;
/** Columns that no count used for so long are dropped. */
const MAX_IDLE_MS = 600_000;

interface Loaded {
  readonly columns: PropertyColumns;
  /** All changes up to this `search_state.version` have been applied. */
  version: number;
  /** The kept number of visible properties minus that of `columns`. It changes when properties were deleted. */
  readonly surplus: number;
}

interface LearnedWord {
  readonly columns: PropertyColumns;
  readonly word: string;
  /** The properties that contain the word, read at this version or later. */
  readonly ids: readonly number[];
  readonly version: number;
}

/**
 * The columns of all visible properties in memory, as of now. They are loaded when they are asked for, and follow
 * `search_state.version`.
 */
@Injectable()
export class LoadedColumns implements OnModuleDestroy {
  #loaded: Loaded | null = null;
  #loading: Promise<void> | null = null;
  #isClosed = false;
  #mayLoadAt = -Infinity;
  #usedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  // The request that begins the load can be over before the load.
  readonly #outside = AsyncLocalStorage.snapshot();
  // On the primary: requests share the columns, and their replicas may be at different versions.
  readonly #followed = new NextRun(() => onPrimary(this.em, () => this.#follow()));
  readonly #learning = new Map<string, Promise<void>>();
  /** Words that the next #follow() adds. */
  readonly #learned: LearnedWord[] = [];
  readonly #logger = new Logger(LoadedColumns.name);

  constructor(
    private readonly em: EntityManager,
    private readonly repository: ColumnRepository,
    private readonly throttle: SearchThrottle,
  ) {}

  /**
   * The columns with all changes that were committed before this call. Use them at once: a later call changes them.
   * @returns null while they are loaded, when they do not know all of `words`, and when there are too many properties
   */
  async current(words: readonly string[] = []): Promise<PropertyColumns | null> {
    this.#usedAt = performance.now();
    if (this.#loaded) await this.#followed.get();
    if (!this.#loaded) {
      this.#beginLoading();
      return null;
    }
    const { columns } = this.#loaded;
    return words.every((word) => columns.rowsOfWord(word)) ? columns : null;
  }

  /**
   * Waits until the columns are loaded and know the words: some seconds with a million properties.
   * @throws SearchBusy (503) when too many demanding searches are under way
   */
  async learn(words: readonly string[]): Promise<void> {
    await this.#loading;
    const columns = this.#loaded?.columns;
    for (const word of words) if (columns && !columns.rowsOfWord(word)) await this.#learnOnce(columns, word);
  }

  /** Resolves when no load is running. */
  async settled(): Promise<void> {
    await this.#loading;
  }

  async onModuleDestroy(): Promise<void> {
    this.#isClosed = true;
    this.#drop();
    await this.#loading;
  }

  #beginLoading(): void {
    const beganAt = performance.now();
    if (this.#loading || this.#isClosed || beganAt < this.#mayLoadAt) return;
    this.#loading = this.#outside(() => onPrimary(this.em, () => this.#load()))
      .catch((error: unknown) => this.#logger.warn(error))
      .finally(() => {
        const now = performance.now();
        this.#mayLoadAt = now + PAUSE_FACTOR * (now - beganAt);
        this.#loading = null;
      });
  }

  async #load(): Promise<void> {
    // Changes during the load have a later version, and are applied afterwards.
    const { version, visible } = await this.repository.findState();
    if (visible > MAX_VISIBLE_PROPERTIES) return;
    const columns = new PropertyColumns(Math.ceil(visible * 1.05) + 1_000);
    for (let afterId = -2147483648; ;) {
      const rows = await this.repository.findVisible(afterId, PAGE_ROWS);
      if (this.#isClosed) return;
      columns.apply(rows);
      if (rows.length < PAGE_ROWS) break;
      afterId = rows.at(-1)!.property_id;
    }
    const { state, rows } = await this.#readChanges(version, []);
    if (this.#isClosed || rows.length > MAX_CHANGED_ROWS) return;
    columns.apply(rows);
    this.#loaded = { columns, version: state.version, surplus: state.visible - columns.visible };
    this.#timer = setInterval(() => this.#followOrDrop(), FOLLOW_MS).unref();
  }

  #followOrDrop(): void {
    if (performance.now() - this.#usedAt > MAX_IDLE_MS) this.#drop();
    // An error is reported to the next count.
    else this.#followed.get().catch(() => {});
  }

  async #follow(): Promise<void> {
    const loaded = this.#loaded;
    if (!loaded) return;
    const { columns } = loaded;
    const learned = this.#learned.splice(0).filter((one) => one.columns === columns);
    const words = [...columns.words, ...learned.map(({ word }) => word)];
    // Changes since a word was read have to be read for that word, too.
    const from = Math.min(loaded.version, ...learned.map(({ version }) => version));
    let state = await this.repository.findState();
    let rows: ReadRow[] = [];
    if (state.version > from) ({ state, rows } = await this.#readChanges(from, words));
    if (rows.length > MAX_CHANGED_ROWS) return this.#drop();
    // From here on nothing is awaited: a count sees all of these changes or none.
    for (const { word, ids } of learned) columns.addWord(word, ids);
    columns.apply(rows, words);
    // A lower version: the tables were restored from a backup.
    const isOther =
      state.version < loaded.version || state.visible - loaded.columns.visible !== loaded.surplus;
    loaded.version = state.version;
    if (isOther) this.#drop();
  }

  /** Callers who ask for the same word share one read. */
  async #learnOnce(columns: PropertyColumns, word: string): Promise<void> {
    const started = this.#learning.get(word);
    if (started) {
      return started.catch((error: unknown) => {
        if (!(error instanceof CallerRefused)) throw error;
        return this.#learnOnce(columns, word);
      });
    }
    const learning = this.throttle
      .run({
        of: ['word', word],
        run: () => onPrimary(this.em, () => this.#learn(columns, word)),
        isShared: true,
      })
      .finally(() => this.#learning.delete(word));
    this.#learning.set(word, learning);
    await learning;
  }

  async #learn(columns: PropertyColumns, word: string): Promise<void> {
    const version = this.#loaded?.version ?? 0;
    const ids: number[] = [];
    for (const range of columns.idRanges(WORD_RANGE_ROWS)) {
      for (const id of await this.repository.findWithWord(word, range)) ids.push(id);
      if (this.#loaded?.columns !== columns) return;
    }
    this.#learned.push({ columns, word, ids, version });
    await this.#followed.get();
  }

  /** The changes after a version, and the state that they lead to: both from one snapshot. */
  #readChanges(version: number, words: readonly string[]): Promise<{ state: SearchState; rows: ReadRow[] }> {
    return inTransaction(this.em, async () => ({
      state: await this.repository.findState(),
      rows: await this.repository.findChanged(version, words, MAX_CHANGED_ROWS + 1),
    }));
  }

  #drop(): void {
    clearInterval(this.#timer);
    this.#loaded = null;
  }
}
