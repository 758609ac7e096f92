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

interface Read {
  columns: readonly string[] | null;
  rows: [line: number, cellsOrFault: readonly string[] | string][];
}

async function read(
  name: string,
  content: string | Buffer,
  map: { format?: 'csv'; delimiter?: string } = {},
) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const file = await openRecords(path, map);
  const result: Read = { columns: file.columns, rows: [] };
  for await (const { line, cells, fault } of file.records) result.rows.push([line, fault?.reason ?? cells]);
  expect(file.fractionRead()).toBe(1);
  return result;
}

const rowsOf = async (content: string | Buffer): Promise<Read['rows']> => (await read('x.csv', content)).rows;

describe('CSV', () => {
  it('has its columns in the first line, with a byte order mark or without', async () => {
    const { columns, rows } = await read('bom.csv', '\uFEFFid, name \r\n1,"Calle 1, ""Sur"""\r\n');
    expect(columns).toEqual(['id', 'name']);
    expect(rows).toEqual([[2, ['1', 'Calle 1, "Sur"']]]);
  });

  it('has the delimiter that the map says, and the format if the name says none', async () => {
    const { rows } = await read('export.txt', 'a;b\n1,5;2\n', { format: 'csv', delimiter: ';' });
    expect(rows).toEqual([[2, ['1,5', '2']]]);
  });

  it('may be packed', async () => {
    expect((await read('x.csv.gz', gzipSync('a,b\n1,2\n'))).rows).toEqual([[2, ['1', '2']]]);
  });

  it('leaves out blank rows and counts lines, also those within a value', async () => {
    expect(await rowsOf('a,b\n\n1,"x\r\ny"\n , \n2,z')).toEqual([
      [3, ['1', 'x\ny']],
      [6, ['2', 'z']],
    ]);
  });

  it('takes back whatever was written as CSV', async () => {
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

  it('loses one line to a row of several lines that has not its values', async () => {
    expect(await rowsOf('a,b\n1,"x\n2,y\n3",z,z\n4,v')).toEqual([
      [2, 'the row has 4 values, the header names 2 columns'],
      [3, ['2', 'y']],
      [4, 'a quote is opened and never closed'],
      [5, ['4', 'v']],
    ]);
  });

  it.each([
    ['is never closed', 'a,b\n1,"x\n2,y\n3,z\n', 'a quote is opened and never closed'],
    ['is closed by that of a later row', 'a,b\n1,"x\n2,y\n3,z\n4,"v\n', 'a quote stands where CSV has none'],
    ['stands within a value', 'a,b\n1,5" x\n2,y\n3,z\n', 'a quote is opened and never closed'],
    ['is not doubled', 'a,b\n1,"x "y" z"\n2,y\n3,z\n', 'a quote stands where CSV has none'],
  ])('loses one line, not the file, to a quote that %s', async (_, content, reason) => {
    const rows = await rowsOf(content);
    expect(rows.slice(0, 3)).toEqual([
      [2, reason],
      [3, ['2', 'y']],
      [4, ['3', 'z']],
    ]);
  });

  it('goes on behind an open quote after a megabyte at the latest', async () => {
    const rows = await rowsOf(`a,b\n1,"x\n${'2,y\n'.repeat(400_000)}`);
    expect(rows).toHaveLength(400_001);
    expect(rows[0]).toEqual([2, 'a quote is opened and never closed']);
  });

  it('keeps a broken character, for its row to be rejected', async () => {
    const rows = await rowsOf(Buffer.concat([Buffer.from('a,b\n1,plain text and \xFF', 'latin1')]));
    expect(rows).toEqual([[2, ['1', 'plain text and \uFFFD']]]);
  });
});

describe('NDJSON', () => {
  it('has an object a line, blank lines between, and nothing else', async () => {
    const { columns, rows } = await read('x.jsonl', '{"a":1}\n\n[1]\n{"a"\n"x"\n{"a":"b"}');
    expect(columns).toBeNull();
    expect(rows).toEqual([
      [1, ['{"a":1}']],
      [3, 'the line is not a JSON object'],
      [4, 'the line is not a JSON object'],
      [5, 'the line is not a JSON object'],
      [6, ['{"a":"b"}']],
    ]);
  });

  it('gives own properties only', async () => {
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

describe('a file that is not what it should be is one clear error', () => {
  const packed = gzipSync(Buffer.from('a,b\n' + '1,2\n'.repeat(50_000)));

  it.each([
    ['empty.csv', '', /is empty; its first line must name the columns/],
    ['cut.csv.gz', packed.subarray(0, packed.length >> 1), /is cut off in the middle of its gzip data/],
    ['plain.csv.gz', 'a,b\n1,2\n', /is not gzip, or its data are damaged/],
    ['binary.csv', packed, /is not a text file in UTF-8/],
    ['binary.ndjson', packed, /is not a text file in UTF-8/],
    ['utf16.csv', Buffer.from('a,b\n1,2\n', 'utf16le'), /is not a text file in UTF-8/],
    ['latin1.csv', Buffer.from('id,baños\n1,2\n', 'latin1'), /is not a text file in UTF-8/],
    ['endless.ndjson', 'x'.repeat(3_000_000), /has a line of more than 1048576 characters/],
    ['unknown.txt', 'a,b\n', /ends neither in \.csv nor \.ndjson, and no map tells its format/],
  ])('%s', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('an absent one, and a folder', async () => {
    await expect(openRecords(join(folder, 'absent.csv'), {})).rejects.toThrow(/does not exist/);
    await expect(openRecords(folder, { format: 'csv' })).rejects.toThrow(/is a folder/);
  });
});
