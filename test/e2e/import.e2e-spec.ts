import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '../support/database.js';
import { describeWith, REAL_DATA } from '../support/optional.js';
import { database, useDatabase, useDatabases } from '../support/suite.js';
import { until } from '../support/until.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const COMMAND = here('../../dist/commands/import.js');
const MAPS = here('../../import-mappings');

useDatabase();
const createDatabase = useDatabases();
/** The database that the command writes to. */
let target: TestDatabase;

let folder: string;

beforeEach(async () => {
  target = database;
  await database.run('delete from status_history');
  await database.run('delete from property_change');
  await database.run('delete from property');
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** IMPORT_MB=200 interrupts the import of a file of that size. */
const LARGE_ROWS = Math.round((Number(process.env.IMPORT_MB) || 4) * 1_000);
const IMPORT_MS = 60_000 + LARGE_ROWS * 20;
const BATCH_SIZE = 250;

const RECORD = /^\{.*"action":"command".*\}\n/m;

interface Run {
  child: ChildProcess;
  /** `error` is without the line of the security log. */
  ended: Promise<{ code: number | null; out: string; error: string; isRecorded: boolean }>;
}

/** Runs the built command in its own process, as npm does for a user in `folder`. */
function start(...args: string[]): Run {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    // Outside the clone, so that it does not read its .env.
    cwd: tmpdir(),
    env: {
      ...target.environment,
      INIT_CWD: folder,
      // Lets the test find leftover temporary files.
      TMPDIR: folder,
    },
  });
  const text = { out: '', error: '' };
  child.stdout.on('data', (chunk) => (text.out += String(chunk)));
  child.stderr.on('data', (chunk) => (text.error += String(chunk)));
  return {
    child,
    ended: once(child, 'close').then(([code]) => ({
      code: code as number | null,
      out: text.out,
      error: text.error.replace(RECORD, ''),
      isRecorded: RECORD.test(text.error),
    })),
  };
}

const runImport = (...args: string[]): ReturnType<() => Run['ended']> => start(...args).ended;

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

/** A file whose rows have 1 kB, with a status that the public sees. */
function writeLarge(): string {
  const text = 'Apartamento con vista y balcón. '.repeat(28);
  const at = '2026-05-01T00:00:00Z';
  const row = (i: number): string => `x:${i},Cali,${i + 1},en_venta,${at},${text} ${i}\n`;
  const lines = Array.from({ length: LARGE_ROWS }, (_, i) => row(i));
  return write('large.csv', `${HEADER},description\n${lines.join('')}`);
}

const rejected = (name: string): string => readFileSync(join(folder, `${name}.rejected.csv`), 'utf8');

const HEADER = 'externalRef,city,price,status,statusSince';
const csv = (...rows: string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

/** All rows that an import writes, with the time of their last write. */
async function everything(): Promise<unknown> {
  return [
    await database.run('select * from property order by id'),
    await database.run('select * from status_history order by id'),
  ];
}

async function count(table: string): Promise<number> {
  const [row] = await database.run<{ n: number }>(`select count(*) as n from ${table}`);
  return Number(row?.n);
}

describe('npm run import', () => {
  it('imports every field with a map', async () => {
    const file = write(
      'homes.csv',
      'id;municipio;dir;zona;valor;texto;anio;clase;m2;hab;banos;gar;estrato;lat;lon;alta;desde;foto1;foto2\n' +
        'A7; Bogotá ;Calle 1;Sur;$ 150.000.000;Vista 🏠;1990;Casa;82,5 m2;3;2;1;q;4,5;-74,25;3/2/2024;3/2/2024;https://fotos.example.com/1.jpg | https://fotos.example.com/2.jpg;https://fotos.example.com/3.jpg\n',
    );
    const of = (column: string, more = {}): object => ({ column, ...more });
    const fields = {
      externalRef: { columns: ['id'] },
      city: of('municipio'),
      address: of('dir'),
      neighbourhood: of('zona'),
      price: of('valor'),
      currency: { constant: 'COP' },
      description: of('texto'),
      year: of('anio'),
      propertyType: of('clase', { values: { Casa: 'house' } }),
      area: of('m2'),
      bedrooms: of('hab'),
      bathrooms: of('banos'),
      parkingSpots: of('gar'),
      stratum: of('estrato', { unreadable: 'unknown' }),
      latitude: of('lat'),
      longitude: of('lon'),
      photos: { columns: ['foto1', 'foto2'] },
      createdAt: of('alta', { format: 'd/M/yyyy' }),
      status: { constant: 'pre_venta' },
      statusSince: of('desde', { format: 'd/M/yyyy' }),
    };
    write(
      'map.json',
      JSON.stringify({
        source: 'portal',
        delimiter: ';',
        timezone: 'America/Bogota',
        fields,
      }),
    );

    const run = await runImport(file, '--map', 'map.json');
    expect(run).toMatchObject({ code: 0, error: '', isRecorded: true });
    expect(run.out).toMatch(/^1 rows in [\d.]+ s: 1 new, 0 changed, 0 unchanged, 0 rejected\n$/);
    const [property] = await database.run(
      `select property.*, cast(price as char) as price, date_format(created_at, '%Y-%m-%d %H:%i') as created_at,
         date_format(status_since, '%Y-%m-%d %H:%i') as status_since, status.name as status
       from property join status on status.id = current_status_id`,
    );
    expect(property).toMatchObject({
      external_ref: 'portal:A7',
      city: 'Bogotá',
      address: 'Calle 1',
      neighbourhood: 'Sur',
      price: '150000000',
      currency: 'COP',
      description: 'Vista 🏠',
      year: 1990,
      property_type: 'house',
      area: 82.5,
      bedrooms: 3,
      bathrooms: 2,
      parking_spots: 1,
      photos: [1, 2, 3].map((n) => `{"url":"https://fotos.example.com/${n}.jpg","caption":null}`).join('\n'),
      stratum: null,
      latitude: 4.5,
      longitude: -74.25,
      created_at: '2024-02-03 05:00',
      status: 'pre_venta',
      status_since: '2024-02-03 05:00',
      availability: 'available',
    });
  });

  it('changes nothing when the same file is imported again', async () => {
    const file = write(
      'a.csv',
      csv('x:1,Cali,100,vendido,2024-05-01', 'x:2,Cali,200,,', 'x:3,Cali,300,en_venta,'),
    );
    expect((await runImport(file)).out).toContain(': 3 new, 0 changed, 0 unchanged, 0 rejected');
    const before = await everything();
    expect((await runImport(file)).out).toContain(': 0 new, 0 changed, 3 unchanged, 0 rejected');
    expect(await everything()).toEqual(before);
  });

  it('updates only the row whose price changed, and adds a new status', async () => {
    await runImport(write('a.csv', csv('x:1,Cali,100,,2024-05-01', 'x:2,Cali,200,,2024-05-01')));
    const run = await runImport(write('a.csv', csv('x:1,Cali,100,,2024-05-01', 'x:2,Cali,250,,2024-05-01')));
    expect(run.out).toContain(': 0 new, 1 changed, 1 unchanged, 0 rejected');
    await runImport(write('a.csv', csv('x:2,Cali,250,vendido,2024-06-01')));
    const properties = await database.run(
      `select external_ref, cast(price as char) as price, availability from property order by id`,
    );
    expect(properties).toEqual([
      { external_ref: 'x:1', price: '100', availability: 'available' },
      { external_ref: 'x:2', price: '250', availability: 'sold' },
    ]);
    expect(await count('status_history')).toBe(3);
  });

  it('rejects bad rows with line and reason, counts them by reason, and continues', async () => {
    const file = write(
      'a.csv',
      csv(
        'x:1,Cali,Desde 1,,',
        'x:2,Cali,200,,',
        'x:3,,300,rented,',
        'x:4,Cali',
        'x:5,"Cali,5,,',
        'x:2,Cali,999,,',
      ),
    );
    const run = await runImport(file);
    expect(run.code).toBe(0);
    expect(run.out).toContain(
      `: 1 new, 0 changed, 0 unchanged, 5 rejected (see ${join(folder, 'a.csv.rejected.csv')})`,
    );
    expect(run.out).toContain('\n  1 city is missing\n');
    expect(rejected(file).split('\n')).toEqual([
      `line,reason,${HEADER}`,
      '2,"price ""Desde 1"" must be a whole number from 1 to 9007199254740991",x:1,Cali,Desde 1,,',
      expect.stringMatching(
        /^4,"city is missing; status ""rented"" must be one of .*en_venta.*",x:3,,300,rented,$/,
      ),
      '5,"the row has 2 values, the header names 5 columns",x:4,Cali',
      '6,a quote is opened and never closed,"x:5,""Cali,5,,"',
      '7,externalRef repeats the reference of line 3,x:2,Cali,999,,',
      '',
    ]);
    expect(await database.run('select external_ref, cast(price as char) as price from property')).toEqual([
      { external_ref: 'x:2', price: '200' },
    ]);
  });

  it('imports the corrected file of rejected rows, and never overwrites that file', async () => {
    const file = write('a.csv', csv('x:1,Cali,100,,', 'x:2,,200,,', 'x:3,,=300,,'));
    await runImport(file);
    const path = join(folder, 'a.csv.rejected.csv');
    const corrected = rejected(file).replace('x:2,,200,,', 'x:2,Pasto,200,,');
    expect(corrected).toContain("x:3,,'=300,,");
    writeFileSync(path, corrected);

    const again = await runImport(file);
    expect(again.out).toContain(` 2 rejected (see ${join(folder, 'a.csv.rejected.2.csv')})`);
    expect(again.out).toContain(`\nRejected rows of an earlier import, kept unchanged: ${path}\n`);
    expect(readFileSync(path, 'utf8')).toBe(corrected);

    const third = await runImport('a.csv.rejected.csv');
    expect(third).toMatchObject({ code: 0, error: '', isRecorded: true });
    expect(third.out).toContain(
      `: 1 new, 0 changed, 0 unchanged, 1 rejected (see ${folder}/a.csv.rejected.3.csv)`,
    );
    expect(third.out).not.toContain('Ignored columns');
    expect(readFileSync(join(folder, 'a.csv.rejected.3.csv'), 'utf8')).toContain("x:3,,'=300,,\n");
  });

  it('imports a Spanish Excel file with a map, and rejects ambiguous values', async () => {
    const rows = 'id;ciudad;valor;m2\nA;Bogotá;850.000;82,5\nB;Cúcuta;1.850.000;1.200 m2\n';
    const file = write('a.csv', Buffer.from(rows, 'latin1'));
    const of = (column: string): object => ({ column });
    const map = {
      source: 'x',
      delimiter: ';',
      fields: { externalRef: { columns: ['id'] }, city: of('ciudad'), price: of('valor'), area: of('m2') },
    };
    const runWith = (more: object): Run['ended'] => {
      write('map.json', JSON.stringify({ ...map, ...more }));
      return runImport(file, '--map', 'map.json');
    };
    const plain = await runWith({});
    expect(plain.error).toContain(
      'looks like Windows-1252 (Latin-1), not UTF-8: write "encoding": "windows-1252"',
    );
    expect(plain.code).toBe(1);
    const ambiguous = await runWith({ encoding: 'windows-1252' });
    expect(ambiguous.out).toContain(' 2 rejected');
    expect(ambiguous.out).toContain('price can mean thousands or decimals');
    expect(ambiguous.error).toContain('None of the 2 rows can be imported');
    expect((await runWith({ encoding: 'windows-1252', decimal: 'comma' })).out).toContain(': 2 new');
    expect(
      await database.run('select city, cast(price as char) as price, area from property order by id'),
    ).toEqual([
      { city: 'Bogotá', price: '850000', area: 82.5 },
      { city: 'Cúcuta', price: '1850000', area: 1200 },
    ]);
  });

  it('treats references that differ only in case or accents as different properties', async () => {
    const file = write('a.csv', csv('x:aB,Cali,100,,', 'x:Ab,Cali,200,,', 'x:áb,Cali,300,,'));
    expect(await runImport(file)).toMatchObject({ code: 0 });
    expect((await runImport(file)).out).toContain(': 0 new, 0 changed, 3 unchanged, 0 rejected');
  });

  it('imports gzipped NDJSON by the names of the API fields', async () => {
    const rows = [
      {
        externalRef: 'x:1',
        city: 'Cali',
        price: 100,
        bedrooms: 3,
        description: 'línea\n🏠',
      },
      { externalRef: 'x:2', city: 'Cali', price: '1.500.000' },
    ];
    const file = write(
      'a.ndjson.gz',
      gzipSync(`${rows.map((row) => JSON.stringify(row)).join('\n')}\nnonsense\n`),
    );
    expect((await runImport(file)).out).toContain(': 2 new, 0 changed, 0 unchanged, 1 rejected');
    expect(rejected('a.ndjson')).toBe('line,reason,record\n3,the record is not a JSON object,nonsense\n');
    expect(await database.run('select description, bedrooms from property order by id')).toEqual([
      { description: 'línea\n🏠', bedrooms: 3 },
      { description: null, bedrooms: null },
    ]);
  });

  it('--dry-run reports the result and writes nothing to the database', async () => {
    await runImport(write('a.csv', csv('x:1,Cali,100,,')));
    const before = await everything();
    const run = await runImport(
      write('a.csv', csv('x:1,Cali,150,,', 'x:2,Cali,100,,', 'x:3,,100,,')),
      '--dry-run',
    );
    expect(run).toMatchObject({ code: 0 });
    expect(run.out).toMatch(
      /^Dry run, nothing was written to the database: 3 rows .*: 1 new, 1 changed, 0 unchanged, 1 rejected/,
    );
    expect(rejected('a.csv')).toContain('4,city is missing');
    expect(await everything()).toEqual(before);
  });

  it('rejects only the rows with characters that a latin1 column cannot store', async () => {
    target = await createDatabase();
    await target.run('alter table property modify city varchar(32) character set latin1 not null');
    const run = await runImport(write('a.csv', csv('x:1,Bogotá,100,,', 'x:2,東京,200,,', 'x:3,Cali,300,,')));
    expect(run.out).toContain(': 2 new, 0 changed, 0 unchanged, 1 rejected');
    expect(rejected('a.csv')).toContain(
      '3,a text has characters that old columns of this database cannot hold,x:2',
    );
  });

  it('reports columns that match no field', async () => {
    const run = await runImport(write('a.csv', 'externalRef,city,price,bedroms\nx:1,Cali,100,3\n'));
    expect(run.out).toContain('\nIgnored columns, because no field has this name: bedroms\n');
  });

  describe('when interrupted', () => {
    const rows = Array.from({ length: 6_000 }, (_, i) => `x:${i},Cali,${i + 1},,`);

    it.each(['SIGKILL', 'SIGTERM'] as const)(
      'by %s, leaves whole batches and no lock, and completes when it is run again',
      async (signal) => {
        const file = writeLarge();
        const { child, ended } = start(file);
        const enough = Math.random() * 0.5 * LARGE_ROWS;
        await until(async () => (await count('property')) > enough, IMPORT_MS);
        child.kill(signal);
        expect((await ended).code).toBe(signal === 'SIGKILL' ? null : 143);
        // The server may still undo the last batch.
        const open = `information_schema.innodb_trx t join information_schema.processlist p on p.id = t.trx_mysql_thread_id
          where p.db = database() and t.trx_tables_locked > 0`;
        await until(async () => (await count(open)) === 0);
        const standing = await count('property');
        expect(standing).toBeLessThan(LARGE_ROWS);
        if (signal === 'SIGKILL') expect(standing % BATCH_SIZE).toBe(0);
        for (const table of ['status_history', 'property_search', 'property_words', 'property_change'])
          expect([table, await count(table)]).toEqual([table, standing]);

        const again = await runImport(file);
        expect(again.out).toContain(`: ${(LARGE_ROWS - standing).toLocaleString('en-US')} new, 0 changed`);
        for (const table of ['property', 'status_history', 'property_search'])
          expect([table, await count(table)]).toEqual([table, LARGE_ROWS]);
        expect(await count('(select distinct external_ref from property) refs')).toBe(LARGE_ROWS);
      },
      3 * IMPORT_MS,
    );

    it.each(['SIGINT', 'SIGKILL'] as const)('by %s, leaves no file of rejected rows', async (signal) => {
      const file = write('a.csv', csv(',Cali,1,,', ...rows, ',Cali,2,,'));
      const { child, ended } = start(file);
      await until(async () => (await count('property')) > 0);
      child.kill(signal);
      const { out } = await ended;
      if (signal === 'SIGINT')
        expect(out).toContain(
          '; run the same command again to import the rest and to write the file of rejected rows.\n',
        );
      // Nothing removes the temporary files of a killed process.
      const names = (): string[] => {
        const all = readdirSync(folder).toSorted();
        return signal === 'SIGINT' ? all : all.filter((name) => !name.startsWith('rejected-rows-'));
      };
      expect(names()).toEqual(['a.csv']);

      expect((await runImport(file)).out).toContain(`2 rejected (see ${folder}/a.csv.rejected.csv)`);
      expect(names()).toEqual(['a.csv', 'a.csv.rejected.csv']);
    });

    it('by SIGINT, saves the rows it has read, reports where it stopped and exits with 130', async () => {
      const { child, ended } = start(write('a.csv', csv(...rows)));
      await until(async () => (await count('property')) > 0);
      child.kill('SIGINT');
      const { code, out } = await ended;
      expect(code).toBe(130);
      const [, line] =
        /Stopped before line ([\d,]+); run the same command again to import the rest/.exec(out) ?? [];
      // The first line is the header.
      expect(Number(line?.replaceAll(',', '')) - 2).toBe(await count('property'));
      expect(await count('property')).toBeLessThan(6_000);
    });
  });

  it.each([
    [[], 'Which file?'],
    [['a.csv', 'b.csv'], 'One file at a time.'],
  ])('ends with its usage and exit code 2 for the arguments %j', async (args, message) => {
    const { code, error } = await runImport(...args);
    const usage = 'Usage: npm run import -- FILE [--map MAP.json] [--dry-run]';
    expect([code, error]).toEqual([2, `${message}\n${usage}\n`]);
  });

  describe('ends with one clear error and exit code 1', () => {
    const map = (fields: object): string => {
      const required = {
        externalRef: { columns: ['externalRef'] },
        city: { column: 'city' },
        price: { column: 'price' },
      };
      return write('map.json', JSON.stringify({ source: 'x', fields: { ...required, ...fields } }));
    };

    it.each([
      ['for a file that is not there', () => ['b.csv'], /b\.csv does not exist\.\n$/],
      [
        'for a map with an unknown setting',
        () => ['a.csv', '--map', map({ price: { colum: 'price' } })],
        /^The map cannot be used:\n {2}fields\.price\.colum: is not a known setting\n$/,
      ],
      [
        'for a map that names columns that the file lacks',
        () => ['a.csv', '--map', map({ area: { column: 'm2' } })],
        /a\.csv does not fit the map:\n {2}it has no column "m2", for area\nIts columns are: externalRef, city, price, status, statusSince\n$/,
      ],
      [
        'for a status that the database does not have',
        () => ['a.csv', '--map', map({ status: { constant: 'rented' } })],
        /fields\.status\.constant: "rented" must be one of comprando, comprado, pre_venta, en_venta, vendido\n$/,
      ],
      [
        'for a file that is not text',
        () => [write('b.csv', gzipSync(csv().repeat(99)))],
        /is packed with gzip: give it a name that ends in \.gz\.\n$/,
      ],
    ])('%s', async (_, args, message) => {
      write('a.csv', csv('x:1,Cali,100,,'));
      const { code, error } = await runImport(...args());
      expect(error).toMatch(message);
      expect(code).toBe(1);
      expect(await count('property')).toBe(0);
    });

    it.each([
      [1, 'The only row cannot be imported'],
      [2, 'None of the 2 rows can be imported'],
    ])('when none of %d rows fits', async (rows, message) => {
      const { code, error } = await runImport(write('a.csv', csv(...Array(rows).fill(',Cali,100,,'))));
      expect(error).toContain(message);
      expect(code).toBe(1);
    });

    it('when none of the first thousand rows fits', async () => {
      const { code, error } = await runImport(write('a.csv', csv(...Array(2_000).fill(',Cali,100,,'))));
      expect(error).toContain('None of the first 1000 rows can be imported');
      expect(code).toBe(1);
    });

    it('when the file is cut off, with the rows before that saved', async () => {
      const rows = Array.from({ length: 2_000 }, (_, i) => `x:${i},Cali,${i + 1},,`);
      const packed = gzipSync(csv(...rows));
      const { code, out, error } = await runImport(
        write('a.csv.gz', packed.subarray(0, packed.length - 2_000)),
      );
      expect(error).toMatch(/a\.csv\.gz is cut off in the middle of its gzip data\.\n$/);
      expect(code).toBe(1);
      const saved = await count('property');
      expect(saved).toBeGreaterThan(0);
      expect(out).toContain(`: ${saved.toLocaleString('en-US')} new, 0 changed`);
    });
  });
});

describeWith('real-data', 'the real files', () => {
  it.each([
    ['fincaraiz', 'listings_fincaraiz_villavicencio_fusagasuga_2020.csv.gz', 3_996, 2],
    ['metrocuadrado', 'listings_metrocuadrado_chapinero_2023.csv.gz', 2_934, 31],
  ])('of %s are imported exactly once', async (map, file, imported, rejected) => {
    copyFileSync(join(REAL_DATA, file), join(folder, file));
    const args = [file, '--map', join(MAPS, `${map}.json`)];
    const number = imported.toLocaleString('en-US');
    expect((await runImport(...args)).out).toContain(
      `: ${number} new, 0 changed, 0 unchanged, ${rejected} rejected`,
    );
    expect(await count('property')).toBe(imported);
    expect((await runImport(...args)).out).toContain(
      `: 0 new, 0 changed, ${number} unchanged, ${rejected} rejected`,
    );
    expect(await count('status_history')).toBe(imported);
  });
});
