import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openRecords } from './read-records.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'json-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Row = [line: number, cellsOrFault: readonly string[] | string];

const objects = async (content: string, name = 'x.json'): Promise<Row[]> => {
  const path = join(folder, name);
  writeFileSync(path, content);
  const rows: Row[] = [];
  for await (const { line, cells, fault } of (await openRecords(path, {})).records) {
    rows.push([line, fault?.reason ?? cells]);
  }
  return rows;
};

describe('a JSON array', () => {
  it.each(['x.json', 'x.ndjson', 'x.jsonl'])('is read in %s', async (name) => {
    expect(await objects('[{"a":1},{"a":2}]', name)).toEqual([
      [1, ['{"a":1}']],
      [1, ['{"a":2}']],
    ]);
  });

  it('may contain line breaks, nested values, brackets and quotes in texts, and elements that are not objects', async () => {
    const rows = await objects('\uFEFF[\n{"a":"],}\\"["},\n  {"b":[1,{"c":[]}]}, 5, [1], "x,y"\n\n]\n');
    const fault = 'the record is not a JSON object';
    expect(rows).toEqual([
      [2, ['{"a":"],}\\"["}']],
      [3, ['{"b":[1,{"c":[]}]}']],
      [3, fault],
      [3, fault],
      [3, fault],
    ]);
  });

  it('may be empty', async () => expect(await objects(' [ ]\n')).toEqual([]));

  it('gives back any JSON that was written, in pieces of any size', async () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), fc.constantFrom(0, 2), async (records, indent) => {
        // The blanks move the end of the first piece into the records.
        const text = `[${' '.repeat(65_500)}${JSON.stringify(records, null, indent).slice(1)}`;
        const found = (await objects(text)).map(([, cells]) => JSON.parse(cells[0] ?? '') as unknown);
        expect(found).toEqual(JSON.parse(JSON.stringify(records)));
      }),
      { numRuns: 50 },
    );
  });

  it('in one line of 20 MB is streamed', async () => {
    const text = JSON.stringify(Array.from({ length: 200_000 }, (_, i) => ({ id: i, text: 'x'.repeat(80) })));
    expect(await objects(text)).toHaveLength(200_000);
  });
});

describe('NDJSON', () => {
  it('may have one line', async () =>
    expect(await objects('{"city":1,"b":[{"c":1}]}')).toEqual([[1, ['{"city":1,"b":[{"c":1}]}']]]));

  it('may have a damaged first line, which alone is rejected', async () =>
    expect(await objects('{"a":1,\n{"a":2}\n')).toEqual([
      [1, 'the record is not a JSON object'],
      [2, ['{"a":2}']],
    ]));
});

describe('a JSON file of another shape is refused with what to do:', () => {
  const LIST = { listings: [{ externalRef: 'x:1', tags: ['a'] }, { externalRef: 'x:2' }], total: 2 };
  const record = { externalRef: 'x:1', city: 'Cali' };

  it.each([
    ['an object over several lines', JSON.stringify(record, null, 2)],
    ['objects over several lines', `${JSON.stringify(record, null, 2)}\n${JSON.stringify(record, null, 2)}`],
    ['an object over several lines, with CRLF', JSON.stringify(record, null, 2).replaceAll('\n', '\r\n')],
    ['an object with the list, over several lines', JSON.stringify(LIST, null, 2)],
    ['an object with the list, in one line', JSON.stringify(LIST)],
    ['an object with the list and a line break', `\uFEFF${JSON.stringify(LIST)}\n`],
    ['a long object with the list, in one line', `{"listings":[${'{"a":1},'.repeat(200_000)}{}]}`],
    ['lines of which the first is a list', '[1,2]\n{"a":1}\n'],
    ['an object with an empty list', '{"listings":[]}'],
  ])('%s', async (_, content) => {
    for (const name of ['x.json', 'x.ndjson'])
      await expect(objects(content, name)).rejects.toThrow(
        new RegExp(
          `${name} (?:has|continues in line 2) .*: put the list itself \\(\\[…\\]\\) or one object a line into the file\\.$`,
        ),
      );
  });
});
