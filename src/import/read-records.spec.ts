import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { openRecords } from './read-records.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'records-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface ReadResult {
  columns: readonly string[] | null;
  rows: [line: number, cellsOrFault: readonly string[] | string][];
}

async function read(name: string, content: string | Buffer, map: Parameters<typeof openRecords>[1] = {}) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const file = await openRecords(path, map);
  const result: ReadResult = { columns: file.columns, rows: [] };
  for await (const { line, cells, fault } of file.records) result.rows.push([line, fault?.reason ?? cells]);
  expect(file.fractionRead()).toBe(1);
  return result;
}

const rowsOf = async (content: string | Buffer): Promise<ReadResult['rows']> =>
  (await read('x.csv', content)).rows;

describe('CSV', () => {
  it('has the column names in the first line, with or without a byte order mark', async () => {
    const { columns, rows } = await read('bom.csv', '\uFEFFid, name \r\n1,"Calle 1, ""Sur"""\r\n');
    expect(columns).toEqual(['id', 'name']);
    expect(rows).toEqual([[2, ['1', 'Calle 1, "Sur"']]]);
  });

  it('uses the delimiter of the map, and its format when the file name has no known extension', async () => {
    const { rows } = await read('export.txt', 'a;b\n1,5;2\n', { format: 'csv', delimiter: ';' });
    expect(rows).toEqual([[2, ['1,5', '2']]]);
  });

  it('may be gzipped', async () => {
    expect((await read('x.csv.gz', gzipSync('a,b\n1,2\n'))).rows).toEqual([[2, ['1', '2']]]);
  });

  it('skips blank rows, and counts the lines within a value', async () => {
    expect(await rowsOf('a,b\n\n1,"x\r\ny"\n , \n2,z')).toEqual([
      [3, ['1', 'x\ny']],
      [6, ['2', 'z']],
    ]);
  });

  it('gives back any CSV that was written', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '🏠', '"', ',', '\n', ' ', ';'), maxLength: 8 });
    const table = fc.array(fc.tuple(cell, cell, fc.constant('.')), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), async (rows, end) => {
        const text = stringify([['a', 'b', 'c'], ...rows], { record_delimiter: end, quoted: true });
        const found = (await rowsOf(text)).map(([, cells]) => cells);
        expect(found).toEqual(rows);
      }),
    );
  });

  it('rejects a row with too few or too many values', async () => {
    expect(await rowsOf('a,b\n1\n1,2,3\n1,2')).toEqual([
      [2, 'the row has 1 values, the header names 2 columns'],
      [3, 'the row has 3 values, the header names 2 columns'],
      [4, ['1', '2']],
    ]);
  });

  it('loses one line when a row of several lines has the wrong number of values', async () => {
    expect(await rowsOf('a,b\n1,"x\n2,y\n3",z,z\n4,v')).toEqual([
      [2, 'the row has 4 values, the header names 2 columns'],
      [3, ['2', 'y']],
      [4, 'a quote is opened and never closed'],
      [5, ['4', 'v']],
    ]);
  });

  it.each([
    ['is never closed', 'a,b\n1,"x\n2,y\n3,z\n', 'a quote is opened and never closed'],
    [
      'is closed by a quote of a later row',
      'a,b\n1,"x\n2,y\n3,z\n4,"v\n',
      'a quote stands where CSV has none',
    ],
    ['is within a value', 'a,b\n1,5" x\n2,y\n3,z\n', 'a quote is opened and never closed'],
    ['is not doubled', 'a,b\n1,"x "y" z"\n2,y\n3,z\n', 'a quote stands where CSV has none'],
  ])('loses one line, not the rest of the file, when a quote %s', async (_, content, reason) => {
    const rows = await rowsOf(content);
    expect(rows.slice(0, 3)).toEqual([
      [2, reason],
      [3, ['2', 'y']],
      [4, ['3', 'z']],
    ]);
  });

  it('continues after an unclosed quote within one megabyte', async () => {
    const rows = await rowsOf(`a,b\n1,"x\n${'2,y\n'.repeat(400_000)}`);
    expect(rows).toHaveLength(400_001);
    expect(rows[0]).toEqual([2, 'a quote is opened and never closed']);
  });
});

describe('files of other programs', () => {
  const TEXT = 'id,barrio\n1,"El ""Peñón"", año 2º"\n';
  const ROWS: ReadResult['rows'] = [[2, ['1', 'El "Peñón", año 2º']]];
  const wide = Buffer.from(TEXT, 'utf16le');

  it.each([
    ['UTF-16LE with a byte order mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), {}],
    ['UTF-16BE with a byte order mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16(), {}],
    ['UTF-16LE that the map names', wide, { encoding: 'utf-16le' }],
    ['Latin-1 that the map names', Buffer.from(TEXT, 'latin1'), { encoding: 'latin1' }],
    ['UTF-8 with a mark, whatever the map names', Buffer.from(`\uFEFF${TEXT}`), { encoding: 'latin1' }],
    ['lines that end in CR', TEXT.replaceAll('\n', '\r'), {}],
  ])('%s are read', async (_, content, map) => {
    expect((await read('x.csv', content, map)).rows).toEqual(ROWS);
  });

  it('in Windows-1252 and Mac Roman are decoded by their own tables', async () => {
    const cells = async (bytes: number[], encoding: string): Promise<unknown> =>
      (await read('x.csv', Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from(bytes)]), { encoding }))
        .rows[0];
    expect(await cells([0x80, 0x92, 0xf1], 'windows-1252')).toEqual([2, ['1', '€’ñ']]);
    expect(await cells([0x96, 0x87], 'macintosh')).toEqual([2, ['1', 'ñá']]);
  });

  it('with rows that end in CR keep LF within values', async () => {
    expect(await rowsOf('a,b\r1,"x\ny"\r\r2,z\r')).toEqual([
      [2, ['1', 'x\ny']],
      [4, ['2', 'z']],
    ]);
  });

  it.each(['sep=;\na;b\n1,5;2\n', '\uFEFFsep=;\r\na;b\r\n1,5;2\r\n', '"sep=;"\ra;b\r1,5;2\r'])(
    'have the delimiter of the sep= line: %j',
    async (content) => {
      expect(await read('x.csv', content)).toEqual({ columns: ['a', 'b'], rows: [[3, ['1,5', '2']]] });
    },
  );

  it.each([
    [TEXT, 'latin1', 'UTF-8, but the map says Windows-1252 (Latin-1): leave "encoding" out in the map.'],
    [
      'a,b\n1,ñ',
      'latin1',
      'UTF-8, but the map says Windows-1252 (Latin-1): leave "encoding" out in the map.',
    ],
    [TEXT, 'utf-16le', 'UTF-8, but the map says UTF-16LE: leave "encoding" out in the map.'],
    [wide, 'utf-16be', 'UTF-16LE, but the map says UTF-16BE: write "encoding": "utf-16le" in the map.'],
  ])('%j is refused as %s', async (content, encoding, message) => {
    await expect(read('x.csv', content, { encoding })).rejects.toThrow(`x.csv looks like ${message}`);
  });

  // The first bytes that are not ASCII stand behind the first block of the file.
  const late = (text: string): Buffer => Buffer.from(`a,b\n${'1,2\n'.repeat(99_999)}1,${text}\n`, 'latin1');

  it.each([
    ['a Latin-1 file', Buffer.from('id,baños\n1,2\n', 'latin1')],
    ['a long Latin-1 file', late('ñ')],
    ['a Latin-1 file that ends in an accent', Buffer.from('a,b\n1,ñ', 'latin1')],
  ])('refuses %s, also when the map says UTF-8', async (_, content) => {
    const message =
      'x.csv looks like Windows-1252 (Latin-1), not UTF-8: write "encoding": "windows-1252" in the map';
    for (const map of [{}, { encoding: 'utf-8' }, { encoding: 'UTF8' }])
      await expect(read('x.csv', content, map)).rejects.toThrow(message);
  });

  it('keeps a single broken character of a UTF-8 file, so the row is rejected', async () => {
    const content = Buffer.concat([Buffer.from('a,b\nñ,á'), Buffer.from('\xFF', 'latin1')]);
    for (const map of [{}, { encoding: 'utf-8' }])
      expect((await read('x.csv', content, map)).rows).toEqual([[2, ['ñ', 'á\uFFFD']]]);
  });

  it.each(['windows-1252', 'macintosh'])(
    'refuses a long UTF-8 file when the map says %s',
    async (encoding) => {
      // The bytes of `ñ` in UTF-8.
      await expect(read('x.csv', late('\xC3\xB1'), { encoding })).rejects.toThrow(
        /x\.csv looks like UTF-8, but the map says .*: leave "encoding" out in the map\.$/,
      );
      expect((await read('x.csv', late('\xF1'), { encoding })).rows).toHaveLength(100_000);
    },
  );

  it('reads a Latin-1 file whose only accent is the last byte', async () => {
    const { rows } = await read('x.csv', Buffer.from('a,b\n1,ñ', 'latin1'), { encoding: 'latin1' });
    expect(rows).toEqual([[2, ['1', 'ñ']]]);
  });

  it('may contain U+FFFD written by another program, which is no sign of another encoding', async () => {
    expect(await rowsOf('a,b\n1,\uFFFD\n')).toEqual([[2, ['1', '\uFFFD']]]);
  });
});

describe('NDJSON', () => {
  it('has one object per line and may have blank lines; everything else is a fault', async () => {
    const { columns, rows } = await read('x.jsonl', '{"a":1}\n\n[1]\n{"a"\n"x"\n{"a":"b"}');
    expect(columns).toBeNull();
    expect(rows).toEqual([
      [1, ['{"a":1}']],
      [3, 'the record is not a JSON object'],
      [4, 'the record is not a JSON object'],
      [5, 'the record is not a JSON object'],
      [6, ['{"a":"b"}']],
    ]);
  });

  it('returns no inherited properties', async () => {
    const path = join(folder, 'own.ndjson');
    writeFileSync(path, '{"a":0}');
    for await (const record of (await openRecords(path, {})).records) {
      expect([record.value('a'), record.value('toString'), record.value('b')]).toEqual([
        0,
        undefined,
        undefined,
      ]);
    }
  });
});

describe('a malformed file is one clear error', () => {
  const packed = gzipSync(Buffer.from('a,b\n' + '1,2\n'.repeat(50_000)));

  it.each([
    ['empty.csv', '', /is empty: its first line must name the columns/],
    ['cut.csv.gz', packed.subarray(0, packed.length >> 1), /is cut off in the middle of its gzip data/],
    ['plain.csv.gz', 'a,b\n1,2\n', /is not gzip, or its data are damaged/],
    ['binary.csv', randomBytes(10_000).fill(1, 0, 2_000), /binary.csv is not a text file\.$/],
    ['packed.csv', packed, /is packed with gzip: give it a name that ends in \.gz\.$/],
    [
      'book.csv',
      Buffer.from('PK\x03\x04…'),
      /is an Excel workbook or a ZIP archive: save its sheet as "CSV UTF-8"/,
    ],
    [
      'utf16.csv',
      Buffer.from('a,b\n1,2\n', 'utf16le'),
      /utf16\.csv looks like UTF-16LE, not UTF-8: write "encoding": "utf-16le" in the map, or save the file as UTF-8\.$/,
    ],
    ['utf16be.csv', Buffer.from('a,b\n1,2\n', 'utf16le').swap16(), /write "encoding": "utf-16be" in the map/],
    ['utf32.csv', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /is a text in UTF-32: save it as UTF-8/],
    ['mac.csv', Buffer.from('id,ba\x96os\n1,2\n', 'latin1'), /write "encoding": "macintosh" in the map/],
    ['sep.csv', 'sep=:\na:b\n', /has the first line sep=:: only a comma, a semicolon, a tab or \| may/],
    [
      'semicolons.csv',
      'a;b;c\n1;2,3\n',
      /seems to have semicolons between its columns: write "delimiter": ";" in the map, or put the line sep=; before/,
    ],
    ['cut.json', '[{"a":1},{"a"', /cut\.json is cut off in the middle of its JSON array/],
    ['more.json', '[{"a":1}]\n{"a":2}', /continues in line 2 after the end of its array/],
    ['endless.json', `[{"a":"${'x'.repeat(3_000_000)}"}]`, /has an element of more than 1048576 characters/],
    [
      'bomb.csv.gz',
      gzipSync(Buffer.alloc(101 * 1024 * 1024, `${'x'.repeat(99_999)}\n`)),
      /unpacks to more than 100 times its size/,
    ],
    ['endless.ndjson', 'x'.repeat(3_000_000), /has a line of more than 1048576 characters/],
    ['unknown.txt', 'a,b\n', /ends neither in \.csv, \.ndjson nor \.json: rename it, or write "format"/],
  ])('%s', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('a small file that is cut off, after its complete rows', async () => {
    const text = `a,b\n${Array.from({ length: 2_000 }, (_, i) => `${i},${i * 7}`).join('\n')}\n`;
    const cut = gzipSync(text).subarray(0, -500);
    const path = join(folder, 'small.csv.gz');
    writeFileSync(path, cut);
    let rows = 0;
    const readAll = async (): Promise<void> => {
      for await (const { fault } of (await openRecords(path, {})).records) rows += fault ? 0 : 1;
    };
    await expect(readAll()).rejects.toThrow(/is cut off in the middle of its gzip data/);
    expect(rows).toBeGreaterThan(100);
  });

  it('an absent file, and a folder', async () => {
    await expect(openRecords(join(folder, 'absent.csv'), {})).rejects.toThrow(/does not exist/);
    await expect(openRecords(folder, { format: 'csv' })).rejects.toThrow(/is a folder/);
  });
});
