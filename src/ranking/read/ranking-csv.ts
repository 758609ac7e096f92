import { Readable } from 'node:stream';
import { Injectable, Logger, StreamableFile } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import { ProblemError } from '../../http/problem.js';
import type { RankedPropertyDto } from './dto/ranking.dto.js';
import type { ExportRankingInput } from './dto/ranking.input.js';
import { RankingService } from './ranking.service.js';

// Each holds a connection, and what it reads is kept for it as it was.
const AT_ONCE = 2;

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
};

class DownloadsBusy extends ProblemError {
  constructor() {
    super(503, 'downloads-busy', 'Too many downloads are under way. Try again in a moment.', {
      headers: { 'retry-after': '10' },
    });
  }
}

/**
 * The ranking as a file: RFC 4180, written as it is read. Excel in a country that writes decimals with a comma wants the
 * cells separated by `;`, takes `12.345` for twelve thousand, and knows UTF-8 by a byte order mark only. A line `sep=;` would
 * make it forget that mark.
 */
@Injectable()
export class RankingCsv {
  readonly #logger = new Logger('Ranking');
  #running = 0;

  constructor(private readonly ranking: RankingService) {}

  /** @throws DownloadsBusy */
  async write({ excel, ...input }: ExportRankingInput): Promise<StreamableFile> {
    if (this.#running >= AT_ONCE) throw new DownloadsBusy();
    const parts = this.#count(this.ranking.readAll(input));
    // What goes wrong before the first line is answered as a problem; afterwards the connection breaks off.
    const first = await parts.next();
    const file = stringify({
      header: true,
      columns: Object.keys(COLUMNS),
      bom: excel,
      delimiter: excel ? ';' : ',',
      record_delimiter: 'windows',
      // Any line break, not only the delimiter's.
      quoted_match: /[\r\n]/,
      escape_formulas: true,
    });
    const lines = Readable.from(linesOf(first, parts, excel ? excelCell : harmless)).on('error', (error) => {
      this.#logger.error(error);
      file.destroy(error);
    });
    file.on('close', () => lines.destroy());
    return new StreamableFile(lines.pipe(file), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="ranking.csv"',
    });
  }

  async *#count<T>(parts: AsyncGenerator<T>): AsyncGenerator<T> {
    this.#running++;
    try {
      yield* parts;
    } finally {
      this.#running--;
    }
  }
}

async function* linesOf(
  first: IteratorResult<RankedPropertyDto[], unknown>,
  parts: AsyncGenerator<RankedPropertyDto[]>,
  write: (cell: Cell) => Cell,
): AsyncGenerator<Cell[]> {
  const linesIn = (items: readonly RankedPropertyDto[]): Cell[][] =>
    items.map((item) => Object.values(COLUMNS).map((cell) => write(cell(item))));
  try {
    if (!first.done) yield* linesIn(first.value);
    for await (const items of parts) yield* linesIn(items);
  } finally {
    await parts.return(undefined);
  }
}

/**
 * Spreadsheets of countries that write decimals with a comma, as Colombia does, take a semicolon for the end of a cell: what
 * comes after it must be no formula either.
 */
function harmless(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replaceAll(/([;\t\r\n]["'\s]*)([=+\-@])/g, "$1'$2") : cell;
}

/** Here a comma is the other separator, at which a spreadsheet in English ends a cell. */
function excelCell(cell: Cell): Cell {
  if (typeof cell === 'number') return String(cell).replace('.', ',');
  return typeof cell === 'string' ? cell.replaceAll(/([,;\t\r\n]["'\s]*)([=+\-@])/g, "$1'$2") : cell;
}
