import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { ask } from '../support/client.js';
import { addProperties } from '../support/factories.js';
import { addLikes, naive, updateRanking, walkRanking } from '../support/ranking.js';
import { DAY, newCity, staff, useRanking, userIds } from '../support/ranking-suite.js';
import { app, database } from '../support/suite.js';

useRanking();

const DANGEROUS = [
  'Calle 1\n=cmd|A0',
  'Calle 1\r=cmd|A0',
  'Calle 1\r\n+cmd|A0',
  'x;=cmd|A0',
  'x; @cmd',
  '\t=cmd|A0',
  '@cmd',
];

describe('GET /v1/ranking/properties.csv', () => {
  it('exports the whole list as RFC 4180 CSV without spreadsheet formulas', async () => {
    const city = `=${newCity()}`;
    const propertyIds = await addProperties(
      database,
      Array.from({ length: 120 }, (_, i) => ({
        city,
        address:
          i === 0
            ? '=HYPERLINK("http://x")'
            : i === 1
              ? 'Calle 1, "apto" 2'
              : (DANGEROUS[i - 3] ?? 'Calle 1'),
        price: i === 2 ? 0 : 100,
      })),
    );
    await addLikes(
      database,
      propertyIds.flatMap((propertyId, i) =>
        userIds
          .slice(0, 1 + (i % 5))
          .map((userId) => ({ propertyId, userId, at: naive(Date.now() - 9 * DAY) })),
      ),
    );
    await updateRanking(database);
    const query = `by=likes&window=90d&city=${encodeURIComponent(city)}`;
    const { status, text, headers } = await ask(app, `/v1/ranking/properties.csv?${query}`, {
      headers: staff,
    });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'no-store',
    ]);
    const lines = text.split('\r\n');
    expect(lines[0]).toBe(
      'rank,propertyId,score,likesWindow,likesTotal,previousRank,address,city,neighbourhood,price,currency,status,likesTrusted',
    );
    expect(text.endsWith('\r\n')).toBe(true);
    // Parse like a reader that ends a record at any line break.
    const records = parse(text, { record_delimiter: ['\r\n', '\n', '\r'] });
    expect(records).toHaveLength(121);
    // Wherever a spreadsheet may start a cell, the cell must not start a formula.
    for (const cell of records.flat())
      for (const part of cell.split(/[;,\t\r\n]/)) expect(part).not.toMatch(/^[\s"]*[=+@-]\D/u);
    const { items } = await walkRanking(app, query, staff);
    expect(records.slice(1).map((record) => record.slice(0, 6))).toEqual(
      items.map(({ rank: place, score, likes, previousRank, property }) =>
        [place, property.id, score, likes.window, likes.total, previousRank].map(String),
      ),
    );
    const lineOf = (id: number): string => lines.find((line) => line.split(',')[1] === String(id))!;
    expect(lineOf(propertyIds[0]!)).toContain(`,"'=HYPERLINK(""http://x"")",'${city},,100,COP,en_venta`);
    expect(lineOf(propertyIds[1]!)).toContain(',"Calle 1, ""apto"" 2",');
    expect(lineOf(propertyIds[2]!)).toContain(`,'${city},,,COP,en_venta`);
  });

  it('exports for Spanish Excel with excel=true: byte order mark, semicolons, decimal commas, no formulas', async () => {
    const city = newCity();
    const propertyIds = await addProperties(
      database,
      ['Calle 1; "apto", 2 ñ', 'x,=cmd|A0', 'x, "@cmd', ...DANGEROUS].map((address) => ({ city, address })),
    );
    await addLikes(
      database,
      propertyIds.map((propertyId) => ({ propertyId, userId: userIds[0]!, at: naive(Date.now() - 9 * DAY) })),
    );
    await updateRanking(database);
    const query = `by=trending&city=${city}`;
    const url = `/v1/ranking/properties.csv?${query}`;
    const { status, text, headers } = await ask(app, `${url}&excel=true`, { headers: staff });
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(text.split('\r\n')[0]).toBe(
      '\uFEFFrank;propertyId;score;likesWindow;likesTotal;previousRank;address;city;neighbourhood;price;currency;status;likesTrusted',
    );
    const records = parse(text, {
      bom: true,
      delimiter: ';',
      columns: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as Record<string, string>[];
    const plain = parse((await ask(app, url, { headers: staff })).text, {
      columns: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }) as Record<string, string>[];
    expect(records).toHaveLength(propertyIds.length);
    expect(records.map(({ propertyId, rank: place }) => [propertyId, place])).toEqual(
      plain.map(({ propertyId, rank: place }) => [propertyId, place]),
    );
    for (const { score } of records) expect(score).toMatch(/^0,\d+$/);
    expect(records.find(({ propertyId }) => propertyId === String(propertyIds[0]))).toMatchObject({
      address: 'Calle 1; "apto", 2 ñ',
      price: '100000000',
    });
    for (const cell of records.flatMap((record) => Object.values(record)))
      for (const part of cell.split(/[;,\t\r\n]/)) expect(part).not.toMatch(/^[\s"]*[=+@-]\D/u);
    const off = await ask(app, `${url}&excel=false`, { headers: staff });
    expect(off.text.startsWith('rank,propertyId,')).toBe(true);
    expect((await ask(app, `${url}&excel=1`, { headers: staff })).status).toBe(400);
    expect((await ask(app, '/v1/ranking/properties?excel=true', { headers: staff })).status).toBe(400);
  });

  it('names the file after its list, its filters and the UTC day of its numbers, in ASCII', async () => {
    const nameOf = async (query: string): Promise<unknown> =>
      (await ask(app, `/v1/ranking/properties.csv?${query}`, { headers: staff })).headers[
        'content-disposition'
      ];
    const day = new Date().toISOString().slice(0, 10);
    for (const [query, name] of [
      ['', 'ranking-trending'],
      ['city=Bogotá', 'ranking-trending-bogota'],
      ['by=likes&window=7d&city=Santa%20%20Marta&excel=true', 'ranking-likes-7d-santa-marta'],
      [
        'status=vendido&propertyType=house&city=Cali&city=Nariño',
        'ranking-trending-cali-narino-vendido-house',
      ],
      [
        'status=vendido&propertyType=house&propertyType=lot&city=a&city=b&city=c&city=d&city=e&city=f&city=F',
        'ranking-trending-6-cities-vendido-house-lot',
      ],
      ['availability=sold&city=東京', 'ranking-trending-sold'],
      [`city=${encodeURIComponent('"\r\nx: y; ../')}`, 'ranking-trending-x-y'],
    ]) {
      const suffix = query!.includes('excel') ? '-excel' : '';
      expect(await nameOf(query!)).toBe(`attachment; filename="${name}-${day}${suffix}.csv"`);
    }
    // Before the worker begins a new day, the numbers are those of the day before.
    await database.run('update ranking_state set day = day - 1');
    const dayBefore = new Date(Date.parse(day) - DAY).toISOString().slice(0, 10);
    expect(await nameOf('')).toContain(dayBefore);
    await database.run('update ranking_state set day = day + 1');
  });

  it('returns 406 when the Accept header does not match, and 400 for paging parameters', async () => {
    const asJson = { ...staff, accept: 'application/json' };
    expect((await ask(app, '/v1/ranking/properties.csv', { headers: asJson })).status).toBe(406);
    expect(
      (await ask(app, '/v1/ranking/properties.csv', { headers: { ...staff, accept: 'text/csv' } })).status,
    ).toBe(200);
    expect((await ask(app, '/v1/ranking/properties.csv?limit=5', { headers: staff })).status).toBe(400);
    expect(
      (await ask(app, '/v1/ranking/properties', { headers: { ...staff, accept: 'text/csv' } })).status,
    ).toBe(406);
  });
});
