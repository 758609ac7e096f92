import { Readable } from 'node:stream';
import { Injectable, Logger, StreamableFile } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import { CallerGone, callerOf, CallerRefused, currentRequest } from '../../http/caller.js';
import { FairQueue } from '../../http/fair-queue.js';
import type { RankedPropertyDto } from './dto/ranking.dto.js';
import type { ExportRankingInput } from './dto/ranking.input.js';
import { fileNameOf } from './ranking-file-name.js';
import { type RankingBatch, RankingService } from './ranking.service.js';

/** Each download holds a connection and an open transaction. */
const LIMITS = { running: 3, runningPerCaller: 2, waiting: 16, waitingPerCaller: 2, waitMs: 10_000 };

type Cell = string | number | null;

const COLUMNS: Readonly<Record<string, (item: RankedPropertyDto) => Cell>> = {
  rank: ({ rank }) => rank,
  propertyId: ({ property }) => property.id,
  score: ({ score }) => score,
  likesWindow: ({ likes }) => likes.window,
  likesTotal: ({ likes }) => likes.total,
  previousRank: ({ previousRank }) => previousRank,
  address: ({ property }) => property.address,
  city: ({ property }) => property.city,
  neighbourhood: ({ property }) => property.neighbourhood,
  price: ({ property }) => property.price,
  currency: ({ property }) => property.currency,
  status: ({ property }) => property.status?.name ?? '',
  likesTrusted: ({ likes }) => likes.trusted,
};

class DownloadsBusy extends CallerRefused {
  constructor() {
    super('downloads-busy');
  }
}

/**
 * Streams the whole ranking as CSV (RFC 4180). Excel with a decimal comma needs another form: it separates cells by `;`,
 * reads `12.345` as twelve thousand, and recognises UTF-8 only by a byte order mark. A line `sep=;` would make Excel ignore
 * that mark.
 */
@Injectable()
export class RankingCsv {
  readonly #logger = new Logger('Ranking');
  readonly #queue = new FairQueue(LIMITS, () => new DownloadsBusy());

  constructor(private readonly ranking: RankingService) {}

  /** @throws DownloadsBusy, or CallerGone before the first row */
  async write(input: ExportRankingInput): Promise<StreamableFile> {
    const { excel } = input;
    const request = currentRequest();
    const release = await this.#queue.acquire(callerOf(request), request?.signal);
    const batches = thenAlways(this.ranking.readAll(input), release);
    // An error before the first row becomes a problem response. After that it can only end the connection.
    const { value: first } = (await batches.next()) as IteratorYieldResult<RankingBatch>;
    if (request?.signal.aborted) {
      await batches.return(undefined);
      throw new CallerGone();
    }
    const file = stringify({
      header: true,
      columns: Object.keys(COLUMNS),
      bom: excel,
      delimiter: excel ? ';' : ',',
      record_delimiter: 'windows',
      // Quote cells with any line break, not only with the record delimiter.
      quoted_match: /[\r\n]/,
      escape_formulas: true,
    });
    const toCell = excel ? toExcelCell : escapeInnerFormulas;
    const rows = Readable.from(rowsOf(first, batches, toCell)).on('error', (error) => {
      this.#logger.error(error);
      file.destroy(error);
    });
    file.on('close', () => rows.destroy());
    return new StreamableFile(rows.pipe(file), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${fileNameOf(input, first.asOf)}"`,
    });
  }
}

async function* thenAlways<T>(batches: AsyncGenerator<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* batches;
  } finally {
    end();
  }
}

async function* rowsOf(
  first: RankingBatch,
  batches: AsyncGenerator<RankingBatch>,
  toCell: (cell: Cell) => Cell,
): AsyncGenerator<Cell[]> {
  const toRows = (items: readonly RankedPropertyDto[]): Cell[][] =>
    items.map((item) => Object.values(COLUMNS).map((read) => toCell(read(item))));
  try {
    yield* toRows(first.items);
    for await (const { items } of batches) yield* toRows(items);
  } finally {
    await batches.return(undefined);
  }
}

/**
 * Puts an apostrophe before a formula that follows a separator inside a cell. A spreadsheet with a decimal comma, as in
 * Colombia, opens this file too and ends a cell at each semicolon.
 */
function escapeInnerFormulas(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replaceAll(/([;\t\r\n]["'\s]*)([=+\-@])/g, "$1'$2") : cell;
}

/** The same for the Excel form, where a spreadsheet in English ends a cell at each comma. Numbers get a decimal comma. */
function toExcelCell(cell: Cell): Cell {
  if (typeof cell === 'number') return String(cell).replace('.', ',');
  return typeof cell === 'string' ? cell.replaceAll(/([,;\t\r\n]["'\s]*)([=+\-@])/g, "$1'$2") : cell;
}
