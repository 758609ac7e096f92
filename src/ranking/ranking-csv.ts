import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import { stringify } from 'csv-stringify';
import type { RankedPropertyDto } from './dto/ranking.dto.js';
import type { RankingInput } from './dto/ranking.input.js';
import { RankingService } from './ranking.service.js';

const COLUMNS: Readonly<Record<string, (item: RankedPropertyDto) => string | number | null>> = {
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
  status: ({ property }) => property.status.name,
};

/** The ranking as a file: RFC 4180, written as it is read. */
@Injectable()
export class RankingCsv {
  constructor(private readonly ranking: RankingService) {}

  async write(input: RankingInput): Promise<StreamableFile> {
    const parts = this.ranking.readAll(input);
    // What goes wrong before the first line is answered as a problem; afterwards the connection breaks off.
    const first = await parts.next();
    const file = stringify({
      header: true,
      columns: Object.keys(COLUMNS),
      record_delimiter: 'windows',
      escape_formulas: true,
    });
    Readable.from(linesOf(first, parts))
      .on('error', (error) => file.destroy(error))
      .pipe(file);
    return new StreamableFile(file, {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="ranking.csv"',
    });
  }
}

async function* linesOf(
  first: IteratorResult<RankedPropertyDto[], unknown>,
  parts: AsyncGenerator<RankedPropertyDto[]>,
): AsyncGenerator<(string | number | null)[]> {
  const linesIn = (items: readonly RankedPropertyDto[]): (string | number | null)[][] =>
    items.map((item) => Object.values(COLUMNS).map((cell) => cell(item)));
  if (!first.done) yield* linesIn(first.value);
  for await (const items of parts) yield* linesIn(items);
}
