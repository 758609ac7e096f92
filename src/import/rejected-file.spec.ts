import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openRecords } from './read-records.js';
import { RejectedFile } from './rejected-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rejected-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Map = Parameters<typeof openRecords>[1];

async function addAll(name: string, map: Map = {}): Promise<RejectedFile> {
  const source = await openRecords(join(folder, name), map);
  const file = await RejectedFile.for(join(folder, name), source.columns ?? ['record'], source.dialect, '/');
  for await (const { line, cells, fault } of source.records) {
    await file.add(line, fault?.reason ?? 'a "reason"', cells);
  }
  return file;
}

/** Rejects all rows of a file, as an import does that reads it to its end. */
async function rejectAll(name: string, map: Map = {}): Promise<RejectedFile> {
  const file = await addAll(name, map);
  await file.keep();
  return file;
}

async function recordsOf(name: string, map: Map = {}): Promise<unknown[]> {
  const { columns, records } = await openRecords(join(folder, name), map);
  const found: unknown[] = [columns];
  for await (const { cells, fault } of records) found.push([cells, fault?.reason]);
  return found;
}

const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content);
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('RejectedFile', () => {
  it('is in the folder of the source, without .gz, with the columns of the source', async () => {
    write('a.csv', 'x,y\n1,"two, three"\n');
    const file = await rejectAll('a.csv');
    expect(file.path).toBe(join(folder, 'a.csv.rejected.csv'));
    expect(textOf('a.csv.rejected.csv')).toBe('line,reason,x,y\n2,"a ""reason""",1,"two, three"\n');
  });

  it('has all rows that are rejected at the same time', async () => {
    write('a.csv', 'x\n1\n2\n');
    const { columns, dialect } = await openRecords(join(folder, 'a.csv'), {});
    const file = await RejectedFile.for(join(folder, 'a.csv'), columns!, dialect, '/');
    await Promise.all([file.add(2, 'wrong', ['1']), file.add(3, 'wrong', ['2'])]);
    await file.keep();
    expect(textOf('a.csv.rejected.csv')).toBe('line,reason,x\n2,wrong,1\n3,wrong,2\n');
  });

  it('does not exist without a rejected row', async () => {
    write('a.csv', 'x,y\n');
    expect((await rejectAll('a.csv')).path).toBeNull();
    expect(readdirSync(folder)).toEqual(['a.csv']);
  });

  it('is in the fallback folder when the folder of the source is not writable', async () => {
    write('a.csv', 'x,y\n');
    const { dialect } = await openRecords(join(folder, 'a.csv'), {});
    const file = await RejectedFile.for('/absent/a.csv.gz', [], dialect, folder);
    await file.add(1, 'reason', []);
    await file.keep();
    expect(file.path).toBe(join(folder, 'a.csv.rejected.csv'));
  });

  it('throws when the file cannot be written', async () => {
    write('a.csv', 'x,y\n');
    const { dialect } = await openRecords(join(folder, 'a.csv'), {});
    const file = await RejectedFile.for('/absent/a.csv', [], dialect, '/absent');
    await expect(file.add(1, 'reason', [])).rejects.toThrow(
      /^The rejected rows cannot be written to .*a\.csv\.rejected\.csv/,
    );
  });

  const names = (): string[] => readdirSync(folder).toSorted();

  it('appears only at the end of a run, and not at all when the run is stopped', async () => {
    write('a.csv', 'x,y\n1,2\n');
    const file = await addAll('a.csv');
    expect(names()).toEqual(['a.csv']);
    await file.discard();
    expect([names(), file.path]).toEqual([['a.csv'], null]);
  });

  describe('of an earlier import', () => {
    it('is reused when the rows are the same', async () => {
      write('a.csv', 'x,y\n1,2\n3,4\n');
      await rejectAll('a.csv');
      const again = await rejectAll('a.csv');
      expect([again.path, again.earlier]).toEqual([join(folder, 'a.csv.rejected.csv'), []]);
      expect(names()).toEqual(['a.csv', 'a.csv.rejected.csv']);
    });

    it('is not overwritten after a correction', async () => {
      write('a.csv', 'x,y\n1,2\n3,4\n');
      await rejectAll('a.csv');
      const corrected = textOf('a.csv.rejected.csv').replace('3,4', '3,corrected');
      write('a.csv.rejected.csv', corrected);
      const again = await rejectAll('a.csv');
      expect(again.path).toBe(join(folder, 'a.csv.rejected.2.csv'));
      expect(again.earlier).toEqual([join(folder, 'a.csv.rejected.csv')]);
      expect(textOf('a.csv.rejected.csv')).toBe(corrected);
      await rejectAll('a.csv');
      expect(names()).toEqual(['a.csv', 'a.csv.rejected.2.csv', 'a.csv.rejected.csv']);
    });

    it('is kept when no row is rejected', async () => {
      write('a.csv', 'x,y\n');
      write('a.csv.rejected.csv', 'corrected');
      expect((await rejectAll('a.csv')).earlier).toEqual([join(folder, 'a.csv.rejected.csv')]);
      expect(textOf('a.csv.rejected.csv')).toBe('corrected');
    });

    it.each([
      ['lost its last rows', (text: string) => text.replace('3,"a ""reason""",3,4\n', '')],
      ['lost its first row', (text: string) => text.replace('2,"a ""reason""",1,2\n', '')],
      ['kept only its header', (text: string) => text.slice(0, text.indexOf('\n') + 1)],
      ['is empty', () => ''],
      ['has a row more', (text: string) => `${text}5,,5,6\n`],
    ])('is never overwritten when it %s', async (_, edit) => {
      write('a.csv', 'x,y\n1,2\n3,4\n');
      await rejectAll('a.csv');
      const [original, edited] = [textOf('a.csv.rejected.csv'), edit(textOf('a.csv.rejected.csv'))];
      expect(edited).not.toBe(original);
      write('a.csv.rejected.csv', edited);
      for (let run = 0; run < 2; run++) {
        const again = await rejectAll('a.csv');
        expect(again.path).toBe(join(folder, 'a.csv.rejected.2.csv'));
        expect(again.earlier).toEqual([join(folder, 'a.csv.rejected.csv')]);
      }
      expect([textOf('a.csv.rejected.csv'), textOf('a.csv.rejected.2.csv')]).toEqual([edited, original]);
      expect(names()).toEqual(['a.csv', 'a.csv.rejected.2.csv', 'a.csv.rejected.csv']);
    });

    it('stays when it appears while the import runs', async () => {
      write('a.csv', 'x,y\n1,2\n');
      const file = await addAll('a.csv');
      write('a.csv.rejected.csv', 'of another run');
      await file.keep();
      expect(file.path).toBe(join(folder, 'a.csv.rejected.2.csv'));
      expect(textOf('a.csv.rejected.csv')).toBe('of another run');
    });

    it('may be a folder, which stays', async () => {
      write('a.csv', 'x,y\n1,2\n');
      mkdirSync(join(folder, 'a.csv.rejected.csv'));
      expect((await rejectAll('a.csv')).path).toBe(join(folder, 'a.csv.rejected.2.csv'));
    });

    it('can be imported: its rejected rows go to the file with the next number', async () => {
      write('a.csv', 'x,y\n1,2\n');
      await rejectAll('a.csv');
      const corrected = textOf('a.csv.rejected.csv');
      const again = await rejectAll('a.csv.rejected.csv');
      expect([again.path, again.earlier]).toEqual([join(folder, 'a.csv.rejected.2.csv'), []]);
      expect(textOf('a.csv.rejected.csv')).toBe(corrected);
    });
  });

  describe('has the format of its source and is read back with the same values', () => {
    const TEXT = 'id;barrio\n1;"El ""Peñón""; 2º"\n=1+1;-74,25\n2;"x\ny"\n"open;3\n4;5;6\n\'=;\'\'x\n';

    const SEMICOLON = { delimiter: ';' };
    const ROW = '2;"a ""reason""";1;"El ""Peñón""; 2º"';
    const quoteHeader = (text: string): string =>
      text.replace(/^.*/, (header) => `"${header.replaceAll(';', '";"')}"`);

    it.each<[string, Map, (text: string) => Buffer, row: string]>([
      ['UTF-8', SEMICOLON, (text) => Buffer.from(text), ROW],
      ['CRLF', SEMICOLON, (text) => Buffer.from(text.replaceAll('\n', '\r\n')), ROW],
      ['CR', SEMICOLON, (text) => Buffer.from(text.replaceAll('\n', '\r')), ROW],
      ['a mark and sep=', {}, (text) => Buffer.from(`\uFEFFsep=;\n${text}`), ROW.replace('2', '3')],
      ['Windows-1252', { ...SEMICOLON, encoding: 'latin1' }, (text) => Buffer.from(text, 'latin1'), ROW],
      ['UTF-16', SEMICOLON, (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'), ROW],
      ['quotes', SEMICOLON, (text) => Buffer.from(quoteHeader(text)), `"2";"a ""reason""";"1";"El`],
    ])('%s', async (_, map, encode, row) => {
      write('a.csv', encode(TEXT));
      await rejectAll('a.csv', map);
      const beginning = encode(`line;reason;id;barrio\n${row}`);
      const written = readFileSync(join(folder, 'a.csv.rejected.csv'));
      expect(written.subarray(0, beginning.length).toString('latin1')).toBe(beginning.toString('latin1'));
      const [source, again] = [await recordsOf('a.csv', map), await recordsOf('a.csv.rejected.csv', map)];
      expect(source).toHaveLength(7);
      expect(again).toEqual(source);
    });

    it.each(['a.ndjson', 'a.json'])('JSON (%s)', async (name) => {
      const records = ['{"a":"=1","b":"x;y\\n"}', '5', '{"c":{"d":"ñ"}}'];
      write(name, name === 'a.json' ? `[${records.join(',\n')}]` : records.join('\n'));
      await rejectAll(name, { delimiter: ';' });
      const again = await recordsOf(`${name}.rejected.csv`, { delimiter: ';' });
      expect(again).toEqual(await recordsOf(name));
      expect(again).toHaveLength(4);
    });

    it('any cells', async () => {
      const cell = fc.string({ unit: fc.constantFrom(...'=+-@\t\'";, \nxñ'), maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (rows) => {
          rmSync(join(folder, 'a.csv.rejected.csv'), { force: true });
          const quoted = rows
            .map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','))
            .join('\n');
          write('a.csv', `x,y\n${quoted}\n`);
          await rejectAll('a.csv');
          if (!existsSync(join(folder, 'a.csv.rejected.csv'))) return; // all blank
          const withoutBlanks = (found: unknown[]): unknown =>
            JSON.parse(JSON.stringify(found), (_, value: unknown) =>
              typeof value === 'string' ? value.trim() : value,
            );
          expect(withoutBlanks(await recordsOf('a.csv.rejected.csv'))).toEqual(
            withoutBlanks(await recordsOf('a.csv')),
          );
        }),
      );
    });
  });
});
